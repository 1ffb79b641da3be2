"""The whole site as an operator has it: every plugin that ships, found by its entry point."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from newel import Secret
from newel.app import App
from newel.config import read_layers
from newel.contracts.accounts import Accounts
from newel.discover import from_entry_points
from newel.testing import Client, actor
from newel.testing.app import CHEAP_HASH
from newel.testing.engines import Engine
from newel.testing.off import plugins_off

NOTE = {"name": "note", "fields": [{"name": "title", "type": "text", "indexed": True}]}


@pytest.fixture
def built(tmp_path: Path, engine: Engine) -> App:
    """All that ships, optional plugins too, without those that this run goes without."""
    off = plugins_off()
    found = [one for one in from_entry_points() if one.builtin]
    optional = [one.name for one in found if one.name not in off and one.manifest().optional]
    given: dict[str, Any] = {
        "database": {"url": engine.make()},
        "plugins": {"disable": sorted(off), "enable": optional},
        "accounts": CHEAP_HASH,
    }
    given |= {door: {"port": 0} for door in ("http", "ssh") if door not in off}
    made = App.build(tmp_path, found, read_layers(None, {}, given=given), environment={})
    assert set(made.plugins) == {one.name for one in found} - off - {*made.plan.unpicked}
    return made


@pytest.fixture
async def app(built: App) -> AsyncIterator[App]:
    async with built.running(serving=True):
        yield built
        assert not built.failures


async def run(app: App, verb: str, /, **order: Any) -> Any:
    return await app.operations.run(verb, order, app.call(actor("admin"), "test"))


async def published(app: App) -> str:
    await run(app, "types.create", **NOTE)
    made = await run(app, "content.create", type="note", data={"title": "x"})
    await run(app, "content.publish", type="note", id=made.id)
    return str(made.id)


async def test_what_is_written_is_published(app: App) -> None:
    identity = await published(app)
    shown = await run(app, "content.get", type="note", id=identity, status="published")
    assert shown.data == {"title": "x"}


async def test_every_table_change_is_applied(app: App) -> None:
    states = {(one.plugin, one.state) for one in await run(app, "migrate.status")}
    assert ("content", "applied") in states
    assert {state for _, state in states} == {"applied"}
    assert not {plugin for plugin, _ in states} & plugins_off()


async def test_somebody_signs_in(app: App) -> None:
    await run(app, "users.create", email="ann@example.org", role="editor", password="correct horse battery")
    answer = await run(app, "auth.login", email="ann@example.org", password="correct horse battery")
    who = await app.need(Accounts).authenticate_token(Secret(answer.token.reveal()))
    assert who is not None
    assert who.roles == ("editor",)


@pytest.mark.needs_plugin("http")
async def test_the_door_is_open_and_describes_itself(app: App) -> None:
    async with Client.of(app) as client:
        assert (await client.get("/readyz")).status == 200
        paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
        assert "/api/v1/content/{type}" in paths
        assert ("/api/v1/audit" in paths) == ("audit" in app.plugins)


@pytest.mark.needs_plugin("http")
async def test_what_was_made_is_where_its_answer_says(app: App) -> None:
    token = re.findall(r"newel_\w+", dict(app.notices)["token"])[0]
    async with Client.of(app, token) as client:
        for path, data in (
            ("/types", {"name": "note", "fields": [{"name": "title", "type": "text"}]}),
            ("/content/note", {"data": {"title": "x"}}),
            ("/users", {"email": "ann@example.org", "role": "editor"}),
        ):
            made = await client.post(f"/api/v1{path}", json=data)
            assert made.status == 201, made
            found = await client.get(made.headers["Location"])
            assert (found.status, found.headers["ETag"]) == (200, made.headers["ETag"]), found


@pytest.mark.needs_plugin("http")
async def test_readers_get_it_where_it_is_delivered(app: App) -> None:
    identity = await published(app)
    async with Client.of(app) as client:
        answer = await client.get(f"/api/v1/delivery/note/{identity}")
        assert answer.status == (200 if "delivery" in app.plugins else 404)
