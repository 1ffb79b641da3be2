"""After a restore: it is told once, and a process on the old database is seen to be one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from tests.builtin_plugins.backup.treesite import site

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.backup import RestoredEvent
from newel.contracts.site import HealthCheck
from newel.hooks.site import register_health_checks
from newel.testing import make_app
from newel.testing.engines import LASTING
from newel_backup.known import Known
from newel_backup.restoring.carrying import RESTORED
from newel_backup.restoring.fence import Fence

FEW = ("database", "migrations", "backup")


class Listener:
    """Notes what it is told."""

    manifest: ClassVar[Manifest] = Manifest(
        name="listener", summary="Of a test.", load="tests.builtin_plugins.backup.test_restore_after:Listener"
    )

    def __init__(self, app: App) -> None:
        self.told: list[RestoredEvent] = []

    @hookimpl
    def site_restored(self, event: RestoredEvent) -> None:
        self.told.append(event)


async def test_a_restore_is_told_at_the_first_start_that_serves(tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        await Known(here.database).put(RESTORED, '{"snapshot": "01A", "target": "local", "parts": ["content"]}')
    told = []
    for serving in (False, True, True):
        async with make_app([*FEW, Listener.manifest], LASTING, folder=tmp_path, serving=serving) as app:
            await app.settle()
            listener = app.plugins["listener"]
            assert isinstance(listener, Listener)
            told.append(listener.told)
    assert told == [[], [RestoredEvent(snapshot="01A", target="local", parts=("content",))], []]


@pytest.mark.engines("sqlite")
async def test_health_says_that_the_site_moved(tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        checks: list[HealthCheck] = [one for _, one in here.app.collected(register_health_checks)]
        (fence,) = [one for one in checks if one.name == "backup.fence"]
        assert (await fence.look()).state == "ok"
        await Fence(here.database, "sqlite:///data/new.db").moved()
        found = await fence.look()
        assert (found.state, found.remedy) == ("failing", "Start it again: newel.toml names its new database.")
