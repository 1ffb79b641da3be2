"""The database server goes away under load: callers are told so, nothing that was answered is lost, and the site needs
no restart."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from tests.conformance.crashing import PLUGINS as ALL
from tests.conformance.crashing import Listener
from tests.engines import Servers
from tests.servers import Server

from newel.app import App
from newel.contracts.database import Database
from newel.testing import Client, FakeAccounts, make_app
from newel.testing.client import Answer
from newel.testing.engines import LASTING, Engine

pytestmark = [pytest.mark.slow, pytest.mark.may_block, pytest.mark.engines("postgres", "mysql")]
PLUGINS = [*(one for one in ALL if one != "accounts"), "http", FakeAccounts.manifest]
CLIENTS = 8
SECONDS = 60


@define
class Load:
    """Clients that each make and publish one entry after the other, and ask again with the same key until they know."""

    client: Client
    kept: dict[str, str] = field(factory=dict)
    """The title of each published entry, by its id."""
    refused: list[Answer] = field(factory=list)
    odd: list[Any] = field(factory=list)
    over: bool = False

    async def one(self, worker: int) -> None:
        number = 0
        while not self.over:
            number += 1
            title = f"{worker}-{number}"
            made = await self._insist("/api/v1/content/post", title, {"data": {"title": title, "stars": number}})
            if made is None:
                return
            id = made.json()["id"]
            if await self._insist(f"/api/v1/content/post/{id}/publish", f"{title}-p", {}) is None:
                return
            self.kept[id] = title

    async def _insist(self, path: str, key: str, body: Any) -> Answer | None:
        """The answer in the end; ``None`` where it is none that a client can go by."""
        while True:
            answer = await self.client.request("POST", path, json=body, headers={"Idempotency-Key": key})
            if 200 <= answer.status < 300:
                return answer
            if answer.status != 503 or "Retry-After" not in answer.headers or "code" not in answer.json():
                self.odd.append(answer)
                return None
            self.refused.append(answer)
            await asyncio.sleep(random.uniform(0.02, 0.1))


async def started(server: Server) -> None:
    """Starts it again. After ``kill -9`` PostgreSQL refuses until its children have noticed."""
    for _ in range(100):
        try:
            await asyncio.to_thread(server.start)
        except RuntimeError as error:
            if "still in use" not in str(error) and "already exists" not in str(error):
                raise
            await asyncio.sleep(0.1)
        else:
            return
    raise AssertionError("it does not start again")


async def until(what: Callable[[], bool]) -> None:
    while not what():  # noqa: ASYNC110 - a server gives no sign
        await asyncio.sleep(0.01)


async def readiness(client: Client, wanted: int) -> None:
    while (await client.get("/readyz")).status != wanted:  # noqa: ASYNC110 - it is asked again and again in life too
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_the_server_goes_under_load(
    engine: Engine, how: signal.Signals, servers: Servers, tmp_path: Path
) -> None:
    seed = secrets.randbits(32)
    print("seed", seed)
    random.seed(seed)
    Listener.heard.clear()
    server = servers.databases(engine.plugin).server
    stop = signal.SIGINT if how == signal.SIGTERM and engine.plugin == "postgres" else how  # its way to ask at once
    async with (
        make_app(PLUGINS, LASTING, folder=tmp_path, serving=True) as app,
        Client.of(app, "admin-token") as client,
        asyncio.timeout(SECONDS),
    ):
        assert (await client.post("/api/v1/types", json=TYPE)).status == 201
        load = Load(client)
        workers = [asyncio.create_task(load.one(number)) for number in range(CLIENTS)]
        try:
            await until(lambda: len(load.kept) >= 20 or bool(load.odd))
            await asyncio.to_thread(server.stop, stop)
            try:
                await until(lambda: len(load.refused) > 10 or bool(load.odd))
                await readiness(client, 503)
            finally:
                await started(server)
            await readiness(client, 200)
            before = len(load.kept)
            await until(lambda: len(load.kept) >= before + 20 or bool(load.odd))
        finally:
            load.over = True
            await asyncio.gather(*workers)
        assert load.odd == []
        print(f"{len(load.kept)} published, {len(load.refused)} refused meanwhile")
        await kept(app, client, load)


TYPE = {"name": "post", "fields": [{"name": "title", "type": "text"}, {"name": "stars", "type": "integer"}]}


async def kept(app: App, client: Client, load: Load) -> None:
    """Each entry is there once, with one audit row for each act, and its event was told."""
    db = app.need(Database)
    for id, title in load.kept.items():
        answer = await client.get(f"/api/v1/content/post/{id}")
        assert answer.json()["data"]["title"] == title
    count = (await db.fetch_all("SELECT count(*) AS n FROM content_entries"))[0]["n"]
    assert count == len(load.kept), "a key is one act, however often it was asked for"
    trail = await db.fetch_all("SELECT operation, entity_id FROM audit_log")
    for operation in ("content.create", "content.publish"):
        assert sorted(row["entity_id"] for row in trail if row["operation"] == operation) == sorted(load.kept)
    await until(lambda: set(load.kept) <= set(Listener.heard))
