"""Tables of a plugin that comes while the site runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.migrations.steps import FILE, broken, names, notes, states, steps, tables

from newel import Conflict
from newel.app import App
from newel.testing import make_app

pytestmark = pytest.mark.fresh


def site(folder: Path, *upgrades: Any, **more: Any) -> Any:
    config = FILE | {"plugins": {"disable": ["notes"]}} | more
    return make_app(["database", "migrations"], config, others=[notes(steps(*upgrades))], folder=folder)


async def refused(app: App) -> str:
    with pytest.raises(Conflict) as caught:
        await app.enable("notes")
    assert "notes" not in app.plugins
    return caught.value.detail


async def test_they_are_made_before_it_starts(tmp_path: Path) -> None:
    async with site(tmp_path, tables) as app:
        assert "notes_notes" not in await names(app)
        await app.enable("notes")
        assert "notes_notes" in await names(app)
        assert await states(app) == [("notes", 1, "applied")]
        await app.disable("notes")
        await app.enable("notes")
        assert await states(app) == [("notes", 1, "applied")]


async def test_a_step_that_fails_keeps_it_out(tmp_path: Path) -> None:
    async with site(tmp_path, tables, broken) as app:
        assert "plugin 'notes' failed at migrate: migration notes 2 'broken' failed" in await refused(app)
        assert "notes_notes" in await names(app), "as after its last good step"


async def test_where_the_operator_migrates_it_waits_for_that(tmp_path: Path) -> None:
    async with site(tmp_path, tables, migrations={"auto": False}) as app:
        assert "one table change is pending, first notes 1 'tables'" in await refused(app)
        assert "notes_notes" not in await names(app)
