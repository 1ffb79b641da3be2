"""What docker/Dockerfile owes: pinned, unprivileged, no secrets, healthy by a command that there is, buildable."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest
from tests.image.dockerfile import Dockerfile
from tests.tools import ROOT, run, tool

from newel.cli import newel
from newel.cli.site import Site
from newel.config import read_layers

pytestmark = pytest.mark.engines()
FILE = ROOT / "docker/Dockerfile"
IMAGE = Dockerfile.of(FILE)
RUNTIME = IMAGE.stages[-1]
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")


def test_every_base_is_pinned_by_its_digest() -> None:
    names = {one.name for one in IMAGE.stages} | {"scratch"}
    for stage in IMAGE.stages:
        assert stage.base in names or PINNED.fullmatch(IMAGE.from_(stage)), stage.base


def test_it_runs_as_a_user_by_number_and_stops_by_a_signal_that_drains() -> None:
    assert RUNTIME.last("USER") == "1000:1000"
    assert RUNTIME.last("STOPSIGNAL") == "SIGTERM"
    assert json.loads(RUNTIME.last("ENTRYPOINT")) == ["tini", "--", "newel"]


def test_it_needs_no_shell() -> None:
    """In the image there is none: what runs there are lists of words, and nothing runs in its last stage."""
    assert RUNTIME.base == "scratch"
    assert not RUNTIME.all("RUN")
    for name in ("ENTRYPOINT", "CMD", "VOLUME"):
        assert isinstance(json.loads(RUNTIME.last(name)), list)


@pytest.mark.parametrize("instruction", ["CMD", "HEALTHCHECK"])
def test_what_it_calls_is_a_command_of_newel(instruction: str) -> None:
    """And its options are options of it: a health check by a flag that does not exist is never healthy."""
    words = json.loads(RUNTIME.last(instruction).removeprefix("CMD "))
    words = words[1:] if words[0] == "newel" else words
    context = click.Context(newel, obj=Site(Path("/nowhere")))
    command = newel.get_command(context, words[0])
    assert command is not None, words[0]
    command.make_context(words[0], words[1:], parent=context)


def test_its_health_check_gives_a_start_time() -> None:
    assert {"interval", "timeout", "start-period", "retries"} <= set(RUNTIME.all("HEALTHCHECK")[0].flags)


def test_its_volumes_are_what_is_written_to() -> None:
    volumes = json.loads(RUNTIME.last("VOLUME"))
    assert volumes == [f"/site/{name}" for name in ("data", "certs", "ssh", "backups", "plugins")]
    (root,) = (one for one in IMAGE.stages if one.name == "root")
    assert f"-o 1000 -g 1000 {' '.join(volumes)}" in " ".join(one.text for one in root.all("RUN"))


def test_no_secret_is_built_in() -> None:
    for stage in IMAGE.stages:
        for step in [*stage.all("ENV"), *stage.all("ARG")]:
            assert not re.search(r"(?i)passw|secret|token|credential|api_?key", step.text), step.text


def test_its_environment_names_settings_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text((ROOT / "docker/newel.toml").read_text())
    said = [word.split("=", 1) for step in RUNTIME.all("ENV") for word in step.words]
    environment = {name: value for name, value in said if name.startswith("NEWEL__")}
    layers = read_layers(tmp_path / "newel.toml", environment)
    assert not layers.faults
    assert layers.text("http.host") == "0.0.0.0"  # noqa: S104 - as a container listens
    reference = (ROOT / "docs/extend/reference/config.md").read_text()
    for name in environment:
        assert f"`{name}`" in reference, name


def test_labels_say_what_it_is() -> None:
    labels = dict(word.split("=", 1) for word in RUNTIME.all("LABEL")[0].words)
    said = {name.removeprefix("org.opencontainers.image.") for name in labels}
    assert {"title", "description", "licenses", "version", "revision", "created", "source"} <= said
    name, _, digest = IMAGE.arguments["BASE"].partition("@")
    assert labels["org.opencontainers.image.base.name"] == name
    assert labels["org.opencontainers.image.base.digest"] == digest


def sources() -> list[str]:
    return [
        source.rstrip("/") for stage in IMAGE.stages for step in stage.all("COPY") if "from" not in step.flags
        for source in step.words[:-1]
    ]  # fmt: skip


def let_through(path: str, rules: list[str]) -> bool:
    """The last rule that names it or a folder that it is in decides."""
    through = True
    for rule in rules:
        pattern = rule.removeprefix("!")
        parts = path.split("/")
        if any(fnmatch("/".join(parts[:end]), pattern) for end in range(1, len(parts) + 1)):
            through = rule.startswith("!")
    return through


def test_what_is_copied_is_there_and_nothing_else_is_sent() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert allowed == set(sources())
    assert all((ROOT / source).exists() for source in sources())
    assert all(let_through(source, lines) for source in sources())
    for kept in (".git/config", "site/newel.toml", ".env", "docker/secrets/x", ".venv/bin/python", "tests/flat.py"):
        assert not let_through(kept, lines), kept
    assert not let_through("kernel/newel/__pycache__/app.cpython-313.pyc", lines)


def test_all_that_the_wheel_is_made_of_is_copied() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["only-include"], *wheel["force-include"]} <= set(sources())


def test_hadolint_finds_nothing() -> None:
    ended = run(tool("hadolint"), "--failure-threshold", "style", FILE)
    assert (ended.returncode, ended.stdout) == (0, "")
