"""What an operator can meet is in docs/operate/troubleshooting.md: checks, stages of a plugin that fails, codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from newel.discover import from_entry_points
from newel.doctor.examining import NAMES
from newel.failures import Failure
from newel.hooks.site import register_health_checks
from newel.testing.problems import codes
from newel.testing.reference import shipped_app

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "troubleshooting.md"


@pytest.fixture(scope="module")
def named() -> set[str]:
    """What stands in the first cell of a row."""
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {name for cell in rows for name in re.findall(r"`([a-z_.]+)`", cell)}


def missing(wanted: Iterable[str], named: set[str]) -> list[str]:
    return sorted(set(wanted) - named)


def test_every_check_is_told(named: set[str], tmp_path: Path) -> None:
    checks = [one.name for _, one in shipped_app(tmp_path).collected(register_health_checks)]
    assert missing([*checks, *NAMES, "sqlite.file"], named) == []
    told = {name for name in named if "." in name}
    assert told == {*checks, *NAMES}, "what is told is there"


def test_every_stage_of_a_failing_plugin_is_told(named: set[str]) -> None:
    stages = re.findall(r"``(\w+)``", (Failure.__doc__ or "").partition("``stage`` is")[2])
    assert {"manifest", "start", "part"} <= set(stages)
    assert missing(stages, named) == []


def test_every_error_of_its_own_is_told(named: set[str]) -> None:
    """Those that a class stands for, and those that are no caller's fault; the others are about one request."""
    found = codes(f"newel_{one.name}" for one in from_entry_points() if one.builtin)
    wanted = {one.code for one in found if one.named or one.kind == "Transient" or one.kind.startswith("HttpFault 5")}
    assert {"database_away", "not_ready", "internal_error", "backup_key", "conflict"} <= wanted
    told_elsewhere = {"boot"}  # in the words above the first table
    assert missing(wanted - told_elsewhere, named) == []


def test_every_command_that_is_advised_is_there() -> None:
    known = (Path(__file__).parent / "snapshots" / "commands.txt").read_text("utf-8")
    advised = set(re.findall(r"`newel ([a-z][a-z-]*(?: [a-z][a-z-]*)*)", PAGE.read_text("utf-8")))
    assert len(advised) > 20
    assert [one for one in sorted(advised) if f"\nnewel {one}" not in known] == []
