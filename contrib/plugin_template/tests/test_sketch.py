"""The plugin through the doors that its users have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from click.testing import CliRunner
from newel import Forbidden, Reject
from newel.app import App
from newel.contracts.content import EntryEvent
from newel.hooks.content import content_after_publish
from newel.testing import Client, FakeAccounts, actor, make_app

from newel_sketch import manifest
from newel_sketch.commands import group

ANN = actor("ann", "sketch.read", "sketch.write")
STAND = ["database", "migrations"]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with make_app([*STAND, manifest], {"sketch": {"longest": 20}}) as made:
        yield made


async def run(app: App, verb: str, **order: Any) -> Any:
    return await app.operations.run(verb, order, app.call(ANN, "test"))


async def test_what_is_added_is_listed_the_newest_first(app: App) -> None:
    await run(app, "sketch.add", text="one")
    await run(app, "sketch.add", text="two")
    assert [(note.text, note.by) for note in await run(app, "sketch.list")] == [("two", "ann"), ("one", "ann")]
    assert [note.text for note in await run(app, "sketch.list", limit=1)] == ["two"]


async def test_a_note_is_as_long_as_the_configuration_allows(app: App) -> None:
    with pytest.raises(Reject, match="20 characters at most"):
        await run(app, "sketch.add", text="x" * 21)


async def test_who_may_only_read_writes_nothing(app: App) -> None:
    with pytest.raises(Forbidden):
        await app.operations.run("sketch.add", {"text": "one"}, app.call(actor("bob", "sketch.read"), "test"))


async def test_a_publication_leaves_a_note(app: App) -> None:
    """``content_after_publish`` is told after the commit."""
    event = EntryEvent(type="post", id="7", space="main", revision=1, locale="en")
    app.tell([(content_after_publish, event)], app.call(ANN, "test"))
    await app.settle()
    assert [note.text for note in await run(app, "sketch.list")] == ["post 7 was published"]


async def test_it_answers_over_http() -> None:
    plugins = [*STAND, "http", FakeAccounts.manifest, manifest]
    async with make_app(plugins, serving=True) as app, Client.of(app, "perm:sketch.read,sketch.write") as client:
        assert (await client.post("/api/v1/sketch/notes", json={"text": "hello"})).status == 201
        assert [note["text"] for note in (await client.get("/api/v1/sketch/notes")).json()] == ["hello"]
        assert (await client.signed_in(None).get("/api/v1/sketch/notes")).status == 401


def test_the_command_says_what_it_is() -> None:
    assert CliRunner().invoke(group, ["about"]).output == "sketch keeps notes\n"
