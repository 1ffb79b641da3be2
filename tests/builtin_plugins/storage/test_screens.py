"""The doctor as an operation and a screen (``register_screens``), and whether the store takes files
(``register_health_checks``)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.screens import ADMIN, listed

from newel import Forbidden
from newel.contracts.blobs import BlobRead, Blobs, BlobsAway
from newel.testing import Client, FakeAccounts, FakeClock, actor, make_app
from newel.testing.blobs_cases.data import keys

pytestmark = pytest.mark.may_block


async def test_the_doctor_is_listed(tmp_path: Path) -> None:
    async with make_app(["blobs_local", "storage"], folder=tmp_path) as app:
        _, rows = await listed(app, "storage", "main")
        assert {one["outcome"] for one in rows} == {"ok", "absent"}
        assert await keys(app.need(Blobs)) == []
        with pytest.raises(Forbidden):
            await app.operations.run("storage.check", {}, app.call(actor("editor"), "test"))


@pytest.mark.needs_plugin("site")
async def test_a_store_that_takes_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    async def away(*_: Any, **__: Any) -> None:
        raise BlobsAway("the disk is gone")

    @asynccontextmanager
    async def garbled(self: Any, key: str, **_: Any) -> AsyncIterator[BlobRead]:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"ill"

        yield BlobRead(blob=await self.head(key), start=0, length=3, pieces=pieces())

    async with make_app(["blobs_local", "storage", "site"], folder=tmp_path, clock=clock) as app:

        async def found() -> tuple[str, str]:
            health = await app.operations.run("site.health", {}, app.call(ADMIN, "test"))
            (check,) = [one for one in health.checks if one.name == "storage.writable"]
            return check.state, check.detail

        store = app.need(Blobs)
        assert await found() == ("ok", f"{store.name} can be written and read")
        assert await keys(store) == []
        with monkeypatch.context() as changed:
            changed.setattr(type(store), "get", garbled)
            await clock.advance(60)
            assert await found() == ("failing", f"{store.name} gives back other bytes than were put there")
            assert await keys(store) == []
        await clock.advance(60)
        assert (await found())[0] == "ok"
        monkeypatch.setattr(type(store), "put", away)
        await clock.advance(2)
        assert (await found())[0] == "ok", "for a minute it is not written again"
        await clock.advance(60)
        assert await found() == ("failing", f"{store.name} cannot be written and read: the disk is gone")


@pytest.mark.needs_plugin("http")
async def test_the_doctor_over_http(tmp_path: Path) -> None:
    plugins = ["blobs_local", "storage", "http", FakeAccounts.manifest]
    async with make_app(plugins, folder=tmp_path, serving=True) as app, Client.of(app, "admin-token") as client:
        answer = await client.post("/api/v1/storage/check")
        assert (answer.status, answer.json()["ok"]) == (200, True)
