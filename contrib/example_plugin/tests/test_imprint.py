"""The plugin in a site in memory, through the doors that it is used by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from click.testing import CliRunner

from newel import Reject
from newel.app import App
from newel.errors import BootError
from newel.hooks.lifecycle import register_commands
from newel.testing import Client, FakeAccounts, actor, make_app
from newel_imprint import manifest

CONTENT = ("sqlite", "migrations", "content")
FIELDS = [
    {"name": "title", "type": "text"},
    {"name": "isbn", "type": "isbn", "indexed": True, "unique": True},
]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    """A site with the type ``book`` and one banned word."""
    plugins = [*CONTENT, "http", FakeAccounts.manifest, manifest]
    async with make_app(plugins, {"imprint": {"banned_words": ["synergy"]}}, serving=True) as made:
        await run(made, "types.create", name="book", fields=FIELDS)
        yield made


async def run(app: App, verb: str, **order: Any) -> Any:
    return await app.operations.run(verb, order, app.call(actor("admin"), "test"))


async def test_an_isbn_is_kept_as_digits_and_found_in_any_spelling(app: App) -> None:
    made = await run(app, "content.create", type="book", data={"isbn": "3-16-148410-X"})
    assert made.data["isbn"] == "9783161484100"
    found = await run(app, "content.list", type="book", filter={"isbn": "978-3-16-148410-0"})
    assert [one.id for one in found.data] == [made.id]


@pytest.mark.parametrize(("isbn", "code"), [("978-3-16-148410-1", "check_digit"), ("?", "format"), (978, "type")])
async def test_what_is_no_isbn_is_refused_with_its_place(app: App, isbn: Any, code: str) -> None:
    with pytest.raises(Reject) as caught:
        await run(app, "content.create", type="book", data={"isbn": isbn})
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/data/isbn", code)]


async def test_banned_words_are_refused_as_whole_words_in_any_case(app: App) -> None:
    """``content_before_save`` refuses at every door."""
    with pytest.raises(Reject) as caught:
        await run(app, "content.create", type="book", data={"title": "More SYNERGY now"})
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/data/title", "banned_word")]
    assert (await run(app, "content.create", type="book", data={"title": "Synergyless"})).data["title"] == "Synergyless"


async def test_publications_are_counted_by_type(app: App) -> None:
    """``content_after_publish`` is told after the commit."""
    await run(app, "types.create", name="note", fields=FIELDS[:1])
    for type in ("book", "book", "note"):
        made = await run(app, "content.create", type=type, data={"title": "x"})
        await run(app, "content.publish", type=type, id=made.id)
    await app.settle()  # hooks after the commit are told in their own time
    async with Client.of(app, "perm:imprint.read") as client:
        answer = await client.get("/api/v1/imprint/published")
        assert answer.json() == {"total": 3, "by_type": {"book": 2, "note": 1}}
        assert (await client.signed_in("perm:other").get("/api/v1/imprint/published")).status == 403


async def test_the_command(app: App) -> None:
    command = dict(app.collected(register_commands))["imprint"]
    assert CliRunner().invoke(command, ["check", "3-16-148410-X", "9783161484100"]).output == "9783161484100\n" * 2
    wrong = CliRunner().invoke(command, ["check", "978-3-16-148410-1"])
    assert isinstance(wrong.exception, Reject)
    assert "would be 0" in str(wrong.exception)


async def test_without_words_nothing_is_refused() -> None:
    async with make_app([*CONTENT, manifest]) as app:
        await run(app, "types.create", name="book", fields=FIELDS)
        await run(app, "content.create", type="book", data={"title": "Synergy"})


async def test_an_empty_word_is_a_mistake() -> None:
    with pytest.raises(BootError, match="an empty word would be found everywhere"):
        async with make_app([*CONTENT, manifest], {"imprint": {"banned_words": [" "]}}):
            pass
