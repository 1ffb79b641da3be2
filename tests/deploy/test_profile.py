"""Where a deployment goes to is read strictly: what could be an option, a shell's word or a path upwards is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from newel_deploy.link import command
from newel_deploy.profile import Profile, Wrong, read

NOWHERE = Path("/nonexistent/deploy.toml")
FILE = """
[staging]
host = "newel@staging.example.org"
service = "systemd:newel"

[production]
host = "newel@example.org"
port = 2222
health = "https://example.org/readyz"
"""


def test_a_profile_of_the_file_is_named_and_the_environment_stands_above_it(tmp_path: Path) -> None:
    file = tmp_path / "deploy.toml"
    file.write_text(FILE)
    assert read("staging", {}, file).service == "systemd:newel"
    assert read("", {"NEWEL_DEPLOY_PROFILE": "production"}, file).port == 2222
    assert read("production", {"NEWEL_DEPLOY_PORT": "22", "NEWEL_DEPLOY_EVERY": "0.5"}, file).port == 22
    assert read("ops@10.0.0.7", {"NEWEL_DEPLOY_PATH": "/srv/newel"}, file).path == "/srv/newel"


@pytest.mark.parametrize(
    "host",
    [
        "-oProxyCommand=id",
        "a b",
        "a;id",
        "$(id)",
        "`id`",
        "a@-oX",
        "a@b@c",
        "",
        "a\n",
        "a/../b",
        "'",
        "ssh://h",
        "a@",
        "@h",
    ],
)
def test_hostile_hosts_are_refused(host: str) -> None:
    with pytest.raises(Wrong):
        Profile(host=host)


@pytest.mark.parametrize(
    "path",
    ["relative", "/", "/opt/../etc", "/opt/a b", "/opt/$(id)", "/opt/'x", "/opt/-x", "/opt/\n", "/opt//x", "~/x", ""],
)
def test_hostile_paths_are_refused(path: str) -> None:
    with pytest.raises(Wrong, match="path"):
        Profile(host="example.org", path=path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("python", "python3; id"), ("python", "-c"), ("uv", "$(uv)"), ("service", "systemd:-x"),
        ("service", "systemd:a b"),
        ("service", "commands"), ("health", "file:///etc/passwd"), ("port", 0), ("keep", 0), ("attempts", 0),
        ("target", "--all"), ("site", "/x/../y"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(name: str, value: object) -> None:
    with pytest.raises(Wrong, match=name):
        Profile(host="example.org", **{name: value})  # type: ignore[arg-type]  # any of them


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nhost = 'h'\nhots = 'x'", "no setting hots"), ("[a]\nport = 22", "names no host"),
        ("[a]\nhost = 'h'\nport = '22'", "should be int"), ("host = 'h'", "stands in no profile"),
        ("[a", "deploy.toml"),
    ],
)  # fmt: skip
def test_faults_of_the_file_are_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "deploy.toml"
    file.write_text(text)
    with pytest.raises(Wrong, match=said):
        read("a", {}, file)


def test_no_host_at_all_is_told() -> None:
    with pytest.raises(Wrong, match="NEWEL_DEPLOY_HOST"):
        read("", {}, NOWHERE)


def test_the_client_never_asks_and_the_remote_command_holds_nothing_of_the_order() -> None:
    """Unknown hosts are refused, and the same words are run on the server whatever is deployed where."""
    one = command(Profile(host="example.org", path="/opt/one", target="a"))
    other = command(
        Profile(host="example.org", path="/opt/other", target="b", service="commands", start="x y", stop="z")
    )
    assert one == other
    assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "ForwardAgent=no"} <= set(one)
    assert one[one.index("--") + 1] == "example.org"
