"""Entries in short: titles, words, the tree, and one entry of whatever type."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field

from newel import Conflict, Forbidden, Malformed, NotFound, Reject
from newel.testing import actor

READER = actor("somebody", "content.read")


async def titles(site: Site, **more: Any) -> list[str]:
    return [one.title for one in (await site.run("content.outlines", **more)).data]


async def test_a_list_in_short_has_a_title_in_whatever_locale_there_is_one(posts: Site) -> None:
    await posts.create("post", title="Apple  pie\u2028recipe", locale="en")
    await posts.create("post", title="Birne", locale="de")
    assert sorted(await titles(posts, type="post")) == ["Apple pie recipe", "Birne"]
    assert sorted(await titles(posts, type="post", locale="fr")) == ["", ""]


async def test_words_and_ids_find_entries_and_a_type_without_indexed_text_says_so(posts: Site) -> None:
    made = [await posts.create("post", title=title) for title in ("Red apple", "Green APPLE", "Pear")]
    assert sorted(await titles(posts, type="post", q="apple")) == ["Green APPLE", "Red apple"]
    assert await titles(posts, type="post", q=made[2].id.lower()) == ["Pear"]
    assert await titles(posts, type="post", q="apple", filter={"slug": {"_eq": "red-apple"}}) == ["Red apple"]
    await posts.type("note", field("text", "markdown"))
    with pytest.raises(Malformed, match="indexed"):
        await posts.run("content.outlines", type="note", q="x")


async def test_pages_of_a_list_in_short_follow_each_other(posts: Site) -> None:
    for number in range(5):
        await posts.create("post", title=f"T{number}")
    first = await posts.run("content.outlines", type="post", sort=["title"], limit=3, count="exact")
    rest = await posts.run("content.outlines", type="post", sort=["title"], limit=3, cursor=first.links.next)
    assert [one.title for one in (*first.data, *rest.data)] == ["T0", "T1", "T2", "T3", "T4"]
    assert (first.meta.total, rest.links.next) == (5, None)


async def test_whoever_may_not_read_drafts_sees_what_is_published(posts: Site) -> None:
    draft, shown = await posts.create("post", title="Secret"), await posts.create("post", title="Open")
    await posts.on("publish", shown)
    with pytest.raises(Forbidden):
        await posts.run("content.outlines", READER, type="post")
    page = await posts.run("content.outlines", READER, type="post", status="published")
    assert [one.title for one in page.data] == ["Open"]
    for verb, order in (("content.tree", {}), ("content.outline", {"id": draft.id})):
        with pytest.raises(Forbidden):
            await posts.run(verb, READER, **order)


async def test_the_tree_holds_pages_of_all_types_in_their_order(pages: Site) -> None:
    await pages.type("chapter", TITLE, SLUG, kind="page")
    book = await pages.create("page", title="Book")
    await pages.create("page", title="Other")
    for number in range(3):
        await pages.create("chapter" if number else "page", title=f"C{number}", parent=book.id)
    gone = await pages.create("page", title="Gone", parent=book.id)
    await pages.on("delete", gone)
    top = await pages.run("content.tree")
    assert [(one.title, one.children) for one in top.data] == [("Book", True), ("Other", False)]
    first = await pages.run("content.tree", parent=book.id, limit=2)
    rest = await pages.run("content.tree", parent=book.id, limit=2, cursor=first.links.next)
    below = [*first.data, *rest.data]
    assert [(one.type, one.title, one.parent) for one in below] == [
        ("page", "C0", book.id), ("chapter", "C1", book.id), ("chapter", "C2", book.id),
    ]  # fmt: skip
    with pytest.raises(Reject):
        await pages.run("content.tree", parent="nonsense")


async def test_one_entry_is_told_in_short_by_its_id_alone(posts: Site) -> None:
    made = await posts.create("post", title="Hello")
    found = await posts.run("content.outline", id=made.id)
    assert (found.type, found.title, found.state["en"]) == ("post", "Hello", "draft")
    await posts.on("delete", made)
    with pytest.raises(NotFound):
        await posts.run("content.outline", id=made.id)
    trash = await posts.run("content.trash")
    assert [one.title for one in trash.data] == ["Hello"]


async def test_a_page_steps_among_its_siblings_one_place_at_a_time(pages: Site) -> None:
    made = [await pages.create("page", title=f"P{number}") for number in range(4)]
    await pages.on("move", made[3], step=-1)
    await pages.on("move", made[0], step=1)
    await pages.on("move", made[1], step=-1)
    await pages.on("move", made[2], step=1)
    tree = await pages.run("content.tree")
    assert [one.title for one in tree.data] == ["P1", "P0", "P3", "P2"]
    with pytest.raises(Reject):
        await pages.on("move", made[0], step=1, before=made[1].id)


async def test_a_copy_has_the_draft_in_all_locales_and_a_slug_of_its_own(pages: Site) -> None:
    above = await pages.create("page", title="Above")
    made = await pages.create("page", title="Hello", parent=above.id)
    await pages.update(made, locale="de", title="Hallo")
    await pages.on("publish", made)
    copy = await pages.on("duplicate", made)
    whole = await pages.get(copy, locale="*")
    assert whole.data == {"title": {"en": "Hello", "de": "Hallo"}, "slug": {"en": "hello-2", "de": "hallo-2"}}
    assert (whole.parent, whole.state["en"]) == (above.id, "draft")
    assert any(row.operation == "content.duplicate" for row in pages.audit)


async def test_a_copy_leaves_out_what_nobody_else_may_have(site: Site) -> None:
    await site.type("product", field("name"), field("sku", unique=True))
    made = await site.create("product", name="Cup", sku="C1")
    copy = await site.on("duplicate", made)
    assert copy.data == {"name": "Cup", "sku": None}
    await site.type("home", field("name"), kind="single")
    only = await site.create("home", name="One")
    with pytest.raises(Conflict):
        await site.on("duplicate", only)
    with pytest.raises(Forbidden):
        await site.run("content.duplicate", actor("somebody", "content.create"), type="product", id=made.id)


async def test_the_table_of_routes_tells_pages_and_where_old_paths_lead(pages: Site) -> None:
    one, two = await pages.create("page", title="One"), await pages.create("page", title="Two")
    for entry in (one, two):
        await pages.on("publish", entry)
    moved = await pages.update(one, slug="uno")
    await pages.on("publish", moved)
    first = await pages.run("content.routes", limit=2)
    rest = await pages.run("content.routes", limit=2, cursor=first.next)
    told = [(row.path, row.redirect, row.status) for row in (*first.data, *rest.data)]
    assert told == [("/one", "/uno", 301), ("/two", None, 200), ("/uno", None, 200)]
    assert (await pages.run("content.routes", locale="de")).data == ()
