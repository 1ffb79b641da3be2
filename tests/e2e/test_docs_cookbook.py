"""The recipes of docs/extend/cookbook.md in Python, each run from the page."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.e2e.pages import recipes, write

from newel import Manifest, Reject
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.egress import Egress
from newel.contracts.jobs import Jobs
from newel.discover import from_folder
from newel.testing import Client, FakeAccounts, FakeClock, FakeEgress, Page, actor, make_app

RECIPES = recipes("cookbook.md")
CONTENT = ("database", "migrations", "content")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Manifest]]:
    """The plugins of the recipes, as they are found in a site's folder."""
    folder = tmp_path_factory.mktemp("cookbook")
    for files in RECIPES.values():
        write({path: code for path, code in files.items() if path.endswith(".py")}, folder)
    found = from_folder(folder / "plugins")
    yield {one.name: one.manifest() for one in found}
    for one in found:
        sys.modules.pop(one.name, None)


@asynccontextmanager
async def site(*plugins: Manifest | str, **details: Any) -> AsyncIterator[App]:
    async with make_app([*CONTENT, *plugins], **details) as app:
        yield app


async def run(app: App, verb: str, **order: Any) -> Any:
    return await app.operations.run(verb, order, app.call(actor("admin"), "test"))


async def test_a_field_type(book: dict[str, Manifest]) -> None:
    async with site(book["durations"]) as app:
        fields = [{"name": "length", "type": "duration", "indexed": True}]
        await run(app, "types.create", name="talk", fields=fields)
        for text in ("0:45", "1:30:00", "59:59"):
            await run(app, "content.create", type="talk", data={"length": text})
        found = await run(app, "content.list", type="talk", filter={"length": {"_gte": "59:00"}}, sort=["-length"])
        assert [one.data["length"] for one in found.data] == [5400, 3599]
        with pytest.raises(Reject) as caught:
            await run(app, "content.create", type="talk", data={"length": "long"})
        assert [(one.pointer, one.code) for one in caught.value.problems] == [("/data/length", "format")]


async def test_a_rule_over_two_fields(book: dict[str, Manifest]) -> None:
    async with site(book["event_times"]) as app:
        fields = [{"name": "start", "type": "date"}, {"name": "end", "type": "date"}]
        for name in ("event", "holiday"):
            await run(app, "types.create", name=name, fields=fields)
        made = await run(app, "content.create", type="event", data={"start": "2026-05-01", "end": "2026-05-02"})
        with pytest.raises(Reject) as caught:
            await run(app, "content.update", type="event", id=made.id, data={"start": "2026-05-03"})
        assert [one.pointer for one in caught.value.problems] == ["/data/end"]
        await run(app, "content.create", type="holiday", data={"start": "2026-05-03", "end": "2026-05-02"})


async def test_an_operation_and_its_command(book: dict[str, Manifest]) -> None:
    found = book["words"]
    async with site(found, "http", FakeAccounts.manifest, serving=True) as app:
        await run(app, "types.create", name="post", fields=[{"name": "title", "type": "text"}])
        made = await run(app, "content.create", type="post", data={"title": "Three small words"})
        await run(app, "content.publish", type="post", id=made.id)
        async with Client.of(app, "perm:words.read") as client:
            assert (await client.get(f"/api/v1/words/post/{made.id}")).json() == {"words": 3}
            assert (await client.signed_in("perm:other").get(f"/api/v1/words/post/{made.id}")).status == 403
            assert (await client.get("/api/v1/words/post/unknown")).status == 404
    assert dict(found.commands) == {"words": "Counts words."}


async def test_a_nightly_job(book: dict[str, Manifest]) -> None:
    clock = FakeClock()
    config = {"jobs": {"clock": "process"}}
    async with site("jobs", book["digest"], config=config, clock=clock) as app:
        await run(app, "types.create", name="post", fields=[{"name": "title", "type": "text"}])
        made = await run(app, "content.create", type="post", data={"title": "x"})
        await run(app, "content.publish", type="post", id=made.id)
        await app.need(Jobs).settle()  # a schedule begins when it is first seen
        await clock.jump(24 * 3600)
        for _ in "due", "done":
            await app.need(Jobs).settle()
        rows = await app.need(Database).fetch_all("SELECT type, n FROM digest_counts")
        assert [(row["type"], row["n"]) for row in rows] == [("post", 1)]


async def test_an_answer_to_a_publication(book: dict[str, Manifest]) -> None:
    config = {"rebuild": {"token": "s3cret-token"}}
    async with site(FakeEgress.manifest, book["rebuild"], config=config) as app:
        egress = app.need(Egress)
        assert isinstance(egress, FakeEgress)
        egress.pages["https://build.example.org/hook"] = Page(status=202)
        await run(app, "types.create", name="post", fields=[{"name": "title", "type": "text"}])
        made = await run(app, "content.create", type="post", data={"title": "x"})
        await run(app, "content.publish", type="post", id=made.id)
        await app.settle()
        (told,) = egress.requests
        assert told.headers["Authorization"] == "Bearer s3cret-token"
        assert json.loads(told.body) == {"type": "post", "id": made.id, "path": None}
