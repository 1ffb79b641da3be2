"""While a site is swapped nobody writes to what it moves away from."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.builtin_plugins.backup.treesite import site

from newel import tomlfile
from newel.contracts.database import Database
from newel.errors import Transient
from newel.testing import Client, FakeAccounts, make_app
from newel_backup.known import Known
from newel_backup.restoring import fence
from newel_backup.restoring.fence import FENCE, Fence, FenceGate

NEW = "sqlite:///data/new.db"
FEW = ("database", "migrations", "content", "backup")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "LEASE", 0.01)


async def test_writes_wait_while_the_site_moves_and_reads_go_on(tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        made = await here.filled(1)
        async with Fence(here.database, NEW).up():
            with pytest.raises(Transient, match="being restored") as refused:
                await here.run("content.create", type="page", data={"title": "x"})
            assert (refused.value.reason, refused.value.retry_after) == ("site_moving", 5.0)
            assert (await here.run("content.get", type="page", id=made[0].id)).id == made[0].id
        await here.run("content.create", type="page", data={"title": "after it came to nothing"})


async def test_after_the_swap_the_old_site_never_writes_again(tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        await here.filled(1)
        walls = Fence(here.database, NEW)
        async with walls.up():
            await walls.moved()
        with pytest.raises(Transient, match="started again"):
            await here.run("content.create", type="page", data={"title": "x"})


async def test_a_look_is_relied_upon_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So whoever puts a fence waits for just that long, and an act costs no statement."""
    now = 100.0
    monkeypatch.setattr(fence, "monotonic", lambda: now)
    monkeypatch.setattr(fence, "LEASE", 1.0)
    async with site(tmp_path, FEW) as here:
        gate = FenceGate(here.database, tmp_path)
        assert await gate.closed() == ""
        await Fence(here.database, NEW).moved()
        now += 0.99
        assert await gate.closed() == ""
        now += 0.01
        assert "started again" in await gate.closed()


async def test_a_fence_of_a_killed_restore_runs_out_unless_the_configuration_moved(tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        known, gate = Known(here.database), FenceGate(here.database, tmp_path)
        async with Fence(here.database, NEW).up():
            text = await known.get(FENCE)
        assert text is not None
        until = text.partition('"until":"')[2][:24]
        await known.put(FENCE, text.replace(until, "2001-01-01T00:00:00.000Z"))
        assert await gate.closed() == ""
        await asyncio.to_thread(tomlfile.put, tmp_path / "newel.toml", {("database", "url"): NEW})
        gate = FenceGate(here.database, tmp_path)
        assert "started again" in await gate.closed()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"state": "odd"}'])
@pytest.mark.engines("sqlite")
async def test_a_fence_that_nobody_understands_keeps_nobody_out(text: str, tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        await Known(here.database).put(FENCE, text)
        assert await FenceGate(here.database, tmp_path).closed() == ""


@pytest.mark.needs_plugin("http")
async def test_at_http_it_is_a_503_that_says_when_to_try_again(tmp_path: Path) -> None:
    plugins = [*FEW, "http", FakeAccounts.manifest]
    async with make_app(plugins, folder=tmp_path, serving=True) as app, Client.of(app, "admin-token") as client:
        await Fence(app.need(Database), NEW).moved()
        asked = await client.post("/api/v1/types", json={"name": "post", "fields": []})
        assert (asked.status, asked.headers["Retry-After"]) == (503, "30")
        assert asked.json()["type"].endswith("site_moved")
        assert (await client.get("/api/v1/types")).status == 200
