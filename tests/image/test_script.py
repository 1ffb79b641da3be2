"""The recipes' script calls docker and podman as each wants it, and what it runs is as locked up as the docs say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.tools import ROOT, run

pytestmark = pytest.mark.engines()
SCRIPT = ROOT / ".ci/image/image.sh"
ENGINE = """#!/bin/sh
for word in "${0##*/}" "$@"; do printf '%s\\n' "$word"; done >>"$CALLS"
while [ "$#" -gt 0 ]; do
    [ "$1" != --metadata-file ] || echo '{"containerimage.digest": "sha256:abc"}' >"$2"
    shift
done
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the script with what it looks at, beside engines that only note how they were called."""
    (tmp_path / ".ci/image").mkdir(parents=True)
    for file in (".ci/image/image.sh", "pyproject.toml"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    for name in ("docker", "podman", "trivy", "cosign"):
        (tmp_path / name).write_text(ENGINE)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def image(folder: Path, *arguments: str, **env: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """How it ended, and the words of its calls."""
    calls = folder / "calls"
    calls.write_text("")
    path = f"{folder}:/usr/bin:/bin"
    ended = run("sh", folder / ".ci/image/image.sh", *arguments, PATH=path, CALLS=str(calls), **env)
    return ended, calls.read_text().splitlines()


def test_docker_builds_for_this_machine_and_keeps_what_it_built(folder: Path) -> None:
    ended, said = image(folder, "build", "--no-cache", NEWEL_IMAGE_PROGRAMS="ffmpeg poppler-utils")
    assert ended.returncode == 0, ended.stderr
    assert said[:3] == ["docker", "buildx", "build"]
    assert {"--load", "--no-cache", "newel:local", "--build-arg=PROGRAMS=ffmpeg poppler-utils"} <= set(said)
    assert said[-1] == "."


def test_podman_keeps_the_health_check(folder: Path) -> None:
    _, said = image(folder, "build", NEWEL_ENGINE="podman")
    assert said[:4] == ["podman", "build", "--format", "docker"]
    assert "--load" not in said


def test_it_says_its_version_and_one_time_for_one_commit(folder: Path) -> None:
    said = {one.removeprefix("--build-arg=") for one in image(folder, "build")[1]}
    assert {"VERSION=0.1.0", "SOURCE_DATE_EPOCH=0", "CREATED=1970-01-01T00:00:00Z"} <= said  # no commit here


@pytest.mark.parametrize(
    ("by", "flag"), [("docker", "type=oci,dest=build/image.tar"), ("podman", "--manifest")]
)  # fmt: skip
def test_both_platforms(folder: Path, by: str, flag: str) -> None:
    _, said = image(folder, "build-multi", NEWEL_ENGINE=by)
    assert {"linux/amd64,linux/arm64", flag} <= set(said)


def test_pushing_tells_the_digest_to_what_follows(folder: Path) -> None:
    out = folder / "output"
    env = {"NEWEL_IMAGE": "ghcr.io/a/b", "NEWEL_IMAGE_REF": "v1.2.3", "GITHUB_OUTPUT": str(out)}
    ended, said = image(folder, "push", **env)
    assert {"--push", "--sbom=true", "--provenance=mode=max", "ghcr.io/a/b:1.2.3"} <= set(said)
    assert ended.stdout == "ghcr.io/a/b@sha256:abc\n"
    assert out.read_text() == "digest=sha256:abc\n"


@pytest.mark.parametrize("by", ["docker", "podman"])
def test_what_it_runs_can_write_to_its_volumes_alone(folder: Path, by: str) -> None:
    _, said = image(folder, "run", "--env", "A=b c", NEWEL_ENGINE=by)
    line = " ".join(said)
    for part in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", "--publish 127.0.0.1:8420:8420"):
        assert part in line
    mounted = [one for one in said if one.startswith("newel-")]
    assert mounted == [f"newel-{name}:/site/{name}" for name in ("data", "certs", "ssh", "backups", "plugins")]
    assert "A=b c" in said
    assert said[-1] == "newel:local"


def test_commands_run_in_the_container(folder: Path) -> None:
    _, said = image(folder, "newel", "users", "list")
    assert said == ["docker", "exec", "--interactive", "newel", "newel", "users", "list"]


def test_who_signed_has_to_be_said(folder: Path) -> None:
    ended, said = image(folder, "verify")
    assert (ended.returncode != 0, said) == (True, [])
    _, said = image(folder, "verify", NEWEL_IMAGE_SIGNER="^https://github.com/a/b/")
    assert said[:2] == ["cosign", "verify"]
    assert "^https://github.com/a/b/" in said


@pytest.mark.parametrize(("arguments", "env"), [((), {}), (("fly",), {}), (("build",), {"NEWEL_ENGINE": "lxc"})])
def test_mistakes_are_told_in_a_line(folder: Path, arguments: tuple[str, ...], env: dict[str, str]) -> None:
    ended, said = image(folder, *arguments, **env)
    assert (ended.returncode, said, ended.stderr.count("\n")) == (1, [], 1)
    assert ended.stderr.startswith("image: ")
