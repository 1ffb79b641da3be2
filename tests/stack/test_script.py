"""docker/stack.sh calls compose with the right profile, and takes an upgrade back that does not get healthy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.tools import ROOT, run, tool

SCRIPT = ROOT / "docker/stack.sh"
COMPOSE = """#!/bin/sh
shift 6  # --project-directory, -f, --env-file
printf '%s|%s|%s\\n' "$COMPOSE_PROFILES" "${NEWEL_IMAGE:-}" "$*" >>"$CALLS"
case "$*" in
"images"*) echo sha256:old ;;
"up"*) [ -n "${NEWEL_IMAGE:-}" ] || exit "${UP:-0}" ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program = tmp_path / "compose"
    program.write_text(COMPOSE)
    program.chmod(0o755)
    return tmp_path


def stack(folder: Path, *arguments: str, **env: str) -> tuple[int, list[str], str]:
    """The exit code, the calls as ``profiles|image|arguments``, and what was said."""
    calls = folder / "calls"
    calls.write_text("")
    named = {"NEWEL_COMPOSE": str(folder / "compose"), "NEWEL_STACK_DIR": str(folder), "CALLS": str(calls)}
    ended = run("sh", SCRIPT, *arguments, **named, **env)
    return ended.returncode, calls.read_text().splitlines(), ended.stderr


def test_up_makes_settings_and_secrets_and_waits_for_health(folder: Path) -> None:
    assert stack(folder, "up") == (0, ["sqlite||up -d --wait --wait-timeout 180"], "")
    assert (folder / ".env").exists()
    assert (folder / "secrets/metrics_token").exists()


def test_the_profile_is_the_argument_s_then_the_environment_s_then_the_file_s(folder: Path) -> None:
    (folder / ".env").write_text("COMPOSE_PROFILES=mysql\n")
    assert stack(folder, "ps")[1] == ["mysql||ps"]
    assert stack(folder, "ps", NEWEL_PROFILE="full")[1] == ["full||ps"]
    assert stack(folder, "ps", "prod,observability", "-q", NEWEL_PROFILE="full")[1] == ["prod,observability||ps -q"]


@pytest.mark.parametrize(
    ("profile", "service"),
    [("sqlite", "site"), ("s3", "site-s3"), ("prod", "node"), ("full,observability", "site-full")],
)
def test_commands_run_in_the_service_that_is_newel(folder: Path, profile: str, service: str) -> None:
    assert stack(folder, "newel", profile, "users", "list")[1] == [f"{profile}||exec {service} newel users list"]


def test_a_restore_prepares_and_does_not_swap(folder: Path) -> None:
    assert stack(folder, "restore", "latest")[1] == ["sqlite||run --rm -T site backup restore --no-swap latest"]


def test_an_upgrade_backs_up_and_migrates_before_it_replaces(folder: Path) -> None:
    code, calls, _ = stack(folder, "upgrade", "postgres")
    assert code == 0
    assert [call.split("|")[2] for call in calls] == [
        "exec -T site-postgres newel backup run",
        "images -q site-postgres",
        "build site-postgres",
        "run --rm -T site-postgres migrate up",
        "up -d --wait --wait-timeout 180",
    ]


def test_an_image_of_a_registry_is_pulled_also_where_local_is_part_of_its_name(folder: Path) -> None:
    calls = stack(folder, "upgrade", NEWEL_IMAGE="localhost:5000/newel:0.2.0")[1]
    assert "sqlite|localhost:5000/newel:0.2.0|pull site" in calls


def test_a_digest_that_nobody_tells_leaves_the_file_as_it_was(folder: Path) -> None:
    script = folder / "docker/stack.sh"
    script.parent.mkdir()
    script.write_text(SCRIPT.read_text())
    file = script.with_name("compose.yaml")
    file.write_text(f"image: docker.io/library/caddy:2@sha256:{'0' * 64}\n")
    engine = folder / "docker-fails/docker"
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\nexit 1\n")
    engine.chmod(0o755)
    before = file.read_text()
    assert run("sh", script, "pin", PATH=f"{engine.parent}:{os.environ['PATH']}").returncode == 1
    assert file.read_text() == before


def test_an_upgrade_that_does_not_get_healthy_is_taken_back(folder: Path) -> None:
    code, calls, told = stack(folder, "upgrade", UP="1")
    assert code == 1
    assert calls[-1] == "sqlite|sha256:old|up -d --wait --wait-timeout 180"
    assert "back to sha256:old" in told
    assert "NEWEL_IMAGE=sha256:old in .env, then stack.sh restore" in told, "the old one may not get healthy either"


@pytest.mark.parametrize("verb", ["reset", "destroy"])
def test_data_go_only_when_somebody_says_yes(folder: Path, verb: str) -> None:
    code, calls, told = stack(folder, verb)
    assert (code, calls) == (1, [])
    assert "nothing was done" in told or "Type yes" in told
    # Without the secrets nothing that another profile has stored could be opened.
    profile = "sqlite" if verb == "reset" else "*"
    assert stack(folder, verb, NEWEL_YES="1")[1][0].startswith(f"{profile}||down --volumes")


def test_the_real_program_takes_what_the_script_says(folder: Path) -> None:
    named = {"NEWEL_COMPOSE": str(tool("docker-compose")), "NEWEL_STACK_DIR": str(folder)}
    ended = run("sh", SCRIPT, "config", "prod,observability", "--services", **named)
    assert ended.returncode == 0, ended.stderr
    assert {"node", "caddy", "postgres", "s3", "prometheus", "grafana"} == set(ended.stdout.split())
    ended = run("sh", SCRIPT, "config", "sqlite", "--format", "json", **named)
    assert str(folder / "secrets/metrics_token") in ended.stdout


def test_an_unknown_verb_is_told(folder: Path) -> None:
    code, calls, told = stack(folder, "explode")
    assert (code, calls) == (1, [])
    assert "stack: explode is nothing that can be done" in told
