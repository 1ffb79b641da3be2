"""The rows behind the feed of changes: how they come into being, when the clock is taken, what a page costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.builtin_plugins.content.plans import plan_of
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, opened

from newel.contracts.content import Content
from newel.testing.engines import current


async def told(site: Site, *, private: bool = False) -> set[tuple[str, str, str, int, str | None]]:
    page = await site.app.need(Content).changes(limit=1000, private=private)
    return {(one.entry, one.locale, one.type, one.version, one.path) for one in page.data}


async def test_what_was_published_before_the_migration_is_told(tmp_path: Path) -> None:
    """Pages with their paths; types that are not public stay hidden, even if a default of theirs says "public"."""
    url = current.engine.lasting(tmp_path)
    async with opened(database=url) as site:
        await site.type("page", TITLE, SLUG, kind="page")
        await site.type("secret", TITLE, field("extra", "json", default={"public": True}), public=False)
        top = await site.create("page", title="Top")
        below = await site.create("page", title="Below", parent=top.id)
        hidden = await site.create("secret", title="Hidden")
        for entry in (top, below, hidden):
            await site.on("publish", entry)
        await site.on("publish", await site.update(top, title="Oben", locale="de"), locale="de")
        await site.on("publish", await site.update(below, slug="deep"))
        gone = await site.create("page", title="Gone")
        await site.on("publish", gone)
        await site.on("unpublish", gone)
        public, private = await told(site), await told(site, private=True)
        assert len(public) == 3
        assert private - public == {(hidden.id, "en", "secret", 1, None)}
        async with site.store.db.transaction() as tx:
            await tx.execute("drop table content_changes")
            await tx.execute("drop table content_clock")
            await tx.execute("delete from migrations_ledger where plugin = 'content' and number = 3")
    async with opened(database=url) as site:
        assert (await told(site), await told(site, private=True)) == (public, private)
        content = site.app.need(Content)
        token = (await content.changes()).next
        assert (await content.changes(token)).data == ()
        await site.on("unpublish", below)
        assert [one.change for one in (await content.changes(token)).data] == ["unpublished"]


async def test_the_clock_is_taken_once_and_last(pages: Site, statements: list[str]) -> None:
    """Whoever has it makes all others wait, so nothing that may wait for others comes behind it."""
    entries = [await pages.create("page", title=f"Page {number}") for number in range(5)]
    acts = [{"op": "publish", "type": "page", "id": one.id} for one in entries]
    acts += [{"op": "move", "type": "page", "id": entries[0].id, "parent": entries[1].id}]
    statements.clear()
    await pages.run("content.batch", operations=acts)
    taken = [number for number, text in enumerate(statements) if text.startswith("UPDATE content_clock")]
    assert len(taken) == 1
    behind = statements[taken[0] + 1 :]
    assert [text.split(maxsplit=1)[0] for text in behind] == ["SELECT", "SELECT", "INSERT"]
    assert behind[-1].startswith("INSERT INTO content_changes")


async def test_changes_of_an_entry_make_one_row(posts: Site) -> None:
    """The table grows with the entries, not with their history."""
    entry = await posts.create("post", title="Once")
    for number in range(5):
        await posts.on("publish", await posts.update(entry, title=f"Title {number}"))
        await posts.on("unpublish", entry)
    assert await posts.rows("select entry, version from content_changes") == [{"entry": entry.id, "version": 5}]


async def test_a_page_of_the_feed_takes_three_statements(posts: Site, statements: list[str]) -> None:
    for number in range(30):
        await posts.on("publish", await posts.create("post", title=str(number)))
    content = posts.app.need(Content)
    for since, limit in ((None, 3), (None, 100), ((await content.changes()).next, 100)):
        statements.clear()
        await content.changes(since, limit=limit)
        assert len(statements) == 3


async def test_pages_of_the_feed_are_read_along_an_index(posts: Site, statements: list[str]) -> None:
    """Not sorted, and not from the beginning: many entries may share a tick."""
    content = posts.app.need(Content)
    for private in (False, True):
        statements.clear()
        await content.changes(private=private)
        values: dict[str, Any] = {"space": "main", "tick": 1, "tick_too": 1, "entry": "", "entry_too": "", "locale": ""}
        values |= {"begun": 1, "wanted": 3}
        text = statements[-1]
        plan = await plan_of(
            posts.store.db, text, {name: value for name, value in values.items() if f":{name}" in text}
        )
        name = "content_changes_tick" if private else "content_changes_public"
        assert not plan.sorts, plan.text
        assert name in plan.text
        if posts.store.db.dialect == "sqlite":
            tick = "tick" if private else "public_tick"
            sought = f"(space=? AND ({tick},entry,locale)>(?,?,?))"
            assert plan.text == f"SEARCH content_changes USING INDEX {name} {sought}"
