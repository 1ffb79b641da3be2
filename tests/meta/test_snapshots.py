"""The public surface is what ``snapshots/`` says: whoever changes it sees that, and so does whoever reviews."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from tests.meta.surface import FOLDER, SHIPPED, shipped_surface, snapshots

from newel.app import App
from newel.testing.reference import shipped_app

NAMES = ["routes.txt", "permissions.txt", "commands.txt", "hooks.txt", "config.txt"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return shipped_app(tmp_path_factory.mktemp("site"))


@pytest.mark.parametrize("name", NAMES)
def test_the_surface_is_the_one_on_record(name: str, app: App) -> None:
    kept = (FOLDER / name).read_text("utf-8").splitlines()
    now = snapshots(app)[name].splitlines()
    changes = "\n".join(difflib.unified_diff(kept, now, f"snapshots/{name}", "the code", lineterm="", n=0))
    if changes:
        pytest.fail(f"the public surface has changed. If that is meant: ./just snapshots\n{changes}", pytrace=False)


def test_the_shipped_surface_is_this_one(app: App) -> None:
    """What ``newel plugins check`` reads of this version."""
    assert SHIPPED.read_text("utf-8") == shipped_surface(app), "the public surface has changed: ./just snapshots"


def test_nothing_else_is_on_record(app: App) -> None:
    assert {file.name for file in Path(FOLDER).iterdir()} == {*NAMES} == {*snapshots(app)}
