"""The workflows do what a recipe does, which the tests have run, and take nothing in that could change under them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.meta.recipes import RECIPES, Dry

pytestmark = pytest.mark.engines()
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WANTED = {
    "build", "deploy", "docs", "image", "lint", "release", "security", "test",
}  # fmt: skip


def read(file: Path) -> dict[Any, Any]:
    workflow: dict[Any, Any] = yaml.safe_load(file.read_text("utf-8"))
    return workflow


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in FILES:
        for name, job in read(file)["jobs"].items():
            yield f"{file.name}: {name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for place, job in jobs():
        for step in job.get("steps", ()):
            yield place, step


def test_there_is_one_for_each_purpose() -> None:
    assert {file.stem for file in FILES} == WANTED


def test_each_step_is_one_recipe_that_a_test_has_run() -> None:
    said = [(place, step["run"]) for place, step in steps() if "run" in step]
    assert len(said) > 20
    for place, text in said:
        match = re.fullmatch(r"\./just ([a-z][a-z-]*)((?: [\w./=-]+)*)", text)
        assert match, f"{place}: {text!r} is not one recipe"
        assert match[1] in RECIPES, f"{place}: there is no recipe {match[1]}"
    untried = {text.split()[1] for _, text in said if isinstance(RECIPES.get(text.split()[1]), Dry)}
    assert untried <= {
        # These change what is outside of this machine, or need an engine of containers; their parts are tested.
        "audit", "ci", "deploy", "deploy-access", "deploy-health", "deploy-plan", "image-build", "image-push",
        "image-sign", "recipes-try", "release-check", "release-notes", "release-publish", "release-sign",
        "test-service",
    }  # fmt: skip


def test_actions_are_pinned_by_commit_and_say_their_version() -> None:
    pins: dict[str, set[str]] = {}
    for file in FILES:
        for line in file.read_text("utf-8").splitlines():
            if "uses: ./" in line or "uses:" not in line:
                continue
            match = re.fullmatch(r"\s*(?:- )?uses: ([\w./-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+", line)
            assert match, f"{file.name}: {line.strip()}"
            pins.setdefault("/".join(match[1].split("/")[:2]), set()).add(match[2])
    assert {name for name, commits in pins.items() if len(commits) > 1} == set()


def test_images_are_pinned_by_digest() -> None:
    for file in FILES:
        for image in re.findall(r"image: (\S+:\S+)", file.read_text("utf-8")):
            assert re.search(r"@sha256:[0-9a-f]{64}$", image), f"{file.name}: {image}"


def test_rights_are_as_small_as_they_can_be() -> None:
    for file in FILES:
        workflow = read(file)
        assert workflow["permissions"] == {}, file.name
        assert "concurrency" in workflow, file.name
        # yaml reads the key `on` as true.
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow[True]), file.name
    for place, job in jobs():
        assert "permissions" in job, place
        assert "uses" in job or 0 < job["timeout-minutes"] <= 90, place
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        if writes - {"security-events"}:
            assert place.startswith(("image.yml", "release.yml")), f"{place} may write {writes}"
    for place, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, place


def test_production_waits_for_staging() -> None:
    deploy = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]
    assert deploy["production"]["needs"] == "staging"
    assert (deploy["staging"]["environment"], deploy["production"]["environment"]) == ("staging", "production")
    for name in ("staging", "production"):
        assert deploy[name]["env"]["NEWEL_DEPLOY_ATTEMPTS"] == deploy[name]["env"]["NEWEL_DEPLOY_EVERY"] == "5"


def test_nothing_is_published_that_is_not_signed() -> None:
    release = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert release["pypi"]["needs"] == "sign"
    assert release["pypi"]["environment"]["name"] == "pypi"
    assert set(release["github"]["needs"]) == {"sign", "pypi"}
    image = [
        step.get("run") or step["uses"].partition("@")[0]
        for step in read(ROOT / ".github/workflows/image.yml")["jobs"]["image"]["steps"]
    ]
    assert (
        image.index("./just image-push") < image.index("aquasecurity/trivy-action") < image.index("./just image-sign")
    )
