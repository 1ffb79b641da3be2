"""The screens of content: from a type to what readers get, and what who may see."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.hand import Hand
from tests.builtin_plugins.content.site import TITLE, Site, field

from newel import Forbidden, NotFound, Reject
from newel.context import Actor
from newel.contracts.content import Content, ListQuery
from newel.testing import actor

pytestmark = pytest.mark.engines("sqlite")
"""Screens speak in operations only, and those are tried on every engine by the other tests."""
VIEWER = actor("viewer", "content.read", "content.types.read")
EDITOR = actor(
    "editor", "content.read", "content.types.read", "content.read_draft", "content.create", "content.update",
    "content.delete", "content.publish",
)  # fmt: skip


async def delivered(site: Site, type: str) -> list[Any]:
    page = await site.app.need(Content).list_published(ListQuery(type=type))
    return [dict(one.data) for one in page.data]


async def test_from_a_new_type_to_what_readers_get(site: Site) -> None:
    hand = await Hand(site.app).open("types")
    await hand.act("new", name="note", label="Note", kind="collection", public=True)
    await hand.act("fields", await hand.row(name="note"))
    for kind, values in (
        ("text", {"name": "title", "required": True, "localized": True, "indexed": True}),
        ("markdown", {"name": "text", "rules": {"max_length": 40}}),
        ("select", {"name": "mood", "options": {"choices": [{"value": "good"}, {"value": "bad"}]}}),
    ):
        await hand.act("new")
        await hand.act("take", await hand.row(name=kind))
        assert not await hand.save(**values)
    assert [row["name"] for row in await hand.rows()] == ["title", "text", "mood"]

    hand = await Hand(site.app, EDITOR).open("entries", type="note")
    await hand.act("new")
    wrong = {"text": "x" * 41, "mood": "so so"}
    faults = {("/data/text", "max_length"), ("/data/mood", "one_of")}
    assert await hand.check(**wrong) == faults
    assert await hand.save(**wrong) == faults
    assert not await hand.save(text="Words", mood="good")
    assert "note" in hand.form.title.lower()
    assert hand.form.title.endswith("(en draft, de draft, fr draft)")
    await hand.act("publish")
    with pytest.raises(Reject, match="yet: title is needed"):
        await hand.act("publish_here", await hand.row(code="en"))
    await hand.leave()
    assert not await hand.save(title={"en": "Hello", "de": "Hallo"})
    await hand.act("publish")
    await hand.act("publish_here", await hand.row(code="en"))
    assert [row["state"] for row in await hand.rows()] == ["published", "draft", "draft"]
    await hand.leave()
    assert "en published, de draft" in hand.form.title
    assert await delivered(site, "note") == [{"title": "Hello", "text": "Words", "mood": "good"}]
    await hand.act("preview")
    assert '"title": "Hello"' in hand.sheet
    assert "not published" in hand.sheet
    await hand.leave()
    await hand.act("unpublish")
    await hand.act("unpublish_here", await hand.row(code="en"))
    assert await delivered(site, "note") == []


async def test_who_writes_second_is_told_and_overwrites_nothing(posts: Site) -> None:
    made = await posts.create("post", title="Hello")
    one = await Hand(posts.app).open("entry", type="post", id=made.id)
    two = await Hand(posts.app).open("entry", type="post", id=made.id)
    assert not await one.save(stars=1)
    assert await two.save(stars=2) == {("", "precondition_failed")}
    assert not await two.save(title={"de": "Hallo"}), "another field merges"
    assert two.form.values["stars"] == 1
    assert two.form.keep == f"content/post/{made.id}"


async def test_a_viewer_reads_what_is_published_and_changes_nothing(posts: Site) -> None:
    draft, shown = await posts.create("post", title="Secret"), await posts.create("post", title="Open")
    await posts.on("publish", shown)
    hand = await Hand(posts.app, VIEWER).open("entries", type="post")
    assert [row["title"] for row in await hand.rows()] == ["Open"]
    assert hand.offered() == {"edit"}
    await hand.act("edit", await hand.row(title="Open"))
    assert "Open" in hand.sheet
    assert hand.acts() == ()
    with pytest.raises(NotFound):
        await hand.open("entry", type="post", id=draft.id)
    with pytest.raises(Forbidden):
        await hand.open("entry", type="post")
    for screen in ("pages", "trash", "versions", "references", "quickstart"):
        with pytest.raises(Forbidden):
            await hand.open(screen, type="post", id=shown.id)
    for screen in ("types", "locales", "field_types", "routes"):
        assert (await hand.open(screen)).offered() <= {"fields", "history", "entries", "quickstart", "open"}


def _menu(site: Site, who: Actor) -> set[str]:
    return {
        name
        for plugin, name in Hand(site.app, who).terminal.screens.menu(site.app.call(who, "tui"))
        if plugin == "content"
    }


async def test_the_menu_has_what_somebody_may_open(site: Site) -> None:
    open_to_all = {"entries", "types", "field_types", "locales", "routes"}
    assert _menu(site, VIEWER) == open_to_all
    assert _menu(site, EDITOR) == open_to_all | {"pages", "trash"}
    assert _menu(site, actor("admin")) == open_to_all | {"pages", "trash", "quickstart"}
    assert _menu(site, actor("nobody")) == set()


async def test_entries_are_chosen_by_type_and_acted_on(posts: Site) -> None:
    hand = await Hand(posts.app, EDITOR).open("entries")
    assert [row["name"] for row in await hand.rows()] == ["post"]
    await hand.act("open", await hand.row(name="post"))
    assert hand.listing.search == "q"
    for title in ("One", "Two"):
        await posts.create("post", title=title)
    for row in await hand.rows():
        await hand.act("publish", row)
    assert {row["state"]["en"] for row in await hand.rows()} == {"published"}
    await hand.act("duplicate", await hand.row(title="One"))
    await hand.act("delete", await hand.row(title="Two"))
    assert sorted(row["title"] for row in await hand.rows()) == ["One", "One"]
    await hand.open("trash")
    assert "purge" not in hand.offered()
    await hand.act("restore", await hand.row(title="Two"))
    assert await hand.rows() == []


async def test_the_tree_of_pages_is_built_moved_and_put_in_order(pages: Site) -> None:
    hand = await Hand(pages.app, EDITOR).open("pages")
    for title in ("A", "B", "C"):
        await hand.act("new_top")
        await hand.act("make", await hand.row(name="page"))
        assert not await hand.save(title={"en": title})
        await hand.open("pages")
    await hand.act("new", await hand.row(title="A"))
    await hand.act("make", await hand.row(name="page"))
    assert not await hand.save(title={"en": "A1"})
    await hand.open("pages")
    await hand.act("up", await hand.row(title="C"))
    assert [(row["title"], row["children"]) for row in await hand.rows()] == [("A", True), ("C", False), ("B", False)]
    below = hand.listing.below
    assert below is not None
    a, b = await hand.row(title="A"), await hand.row(title="B")
    assert [row["title"] for row in (await hand.run(below, a))["data"]] == ["A1"]
    await hand.act("move", b)
    assert not await hand.save(parent=a["id"])
    assert [row["title"] for row in (await hand.run(below, a))["data"]] == ["A1", "B"]
    await hand.act("references", a)
    assert hand.listing.empty == "nobody points here"


async def test_versions_are_compared_kept_and_restored(posts: Site) -> None:
    made = await posts.create("post", title="Hello", text="one\ntwo\nthree")
    hand = await Hand(posts.app, EDITOR).open("versions", type="post", id=made.id)
    await hand.act("keep", label="first")
    await posts.update(made, text="one\n2\nthree", stars=3)
    await hand.act("keep", label="second")
    await posts.update(made, stars=4)
    first, second = await hand.row(label="first"), await hand.row(label="second")
    await hand.act("compare", second, first)
    assert ("- two" in hand.sheet, "+ 2" in hand.sheet, "+ 3" in hand.sheet, "  one" in hand.sheet) == (True,) * 4
    assert "title" not in hand.sheet.split("]")[1]
    await hand.leave()
    await hand.act("compare", second)
    assert ("- 3" in hand.sheet, "+ 4" in hand.sheet) == (True, True)
    await hand.leave()
    await hand.act("restore", first)
    assert (await posts.get(made)).data["text"] == "one\ntwo\nthree"


async def test_fields_are_put_in_order_shared_and_removed(site: Site) -> None:
    await site.type("post", field("title", localized=True), field("text", "markdown"))
    made = await site.create("post", title="Hello", text="x")
    await site.update(made, locale="de", title="Hallo")
    hand = await Hand(site.app).open("fields", type="post")
    await hand.act("up", await hand.row(name="text"))
    assert [row["name"] for row in await hand.rows()] == ["text", "title"]
    await hand.act("edit", await hand.row(name="title"))
    assert await hand.save(localized=False) != set(), "the other locales' values would be lost"
    assert await hand.save(name="text") == {("/field/name", "duplicate")}
    assert not await hand.save(name="headline", help="Short.")
    await hand.act("share", await hand.row(name="headline"))
    assert (await site.get(made, locale="de")).data["headline"] == "Hello"
    await hand.act("delete", await hand.row(name="text"))
    assert [row["name"] for row in await hand.rows()] == ["headline"]
    assert Hand(site.app, VIEWER).may("types.list")
    viewer = await Hand(site.app, VIEWER).open("fields", type="post")
    assert not {"delete", "up", "down", "share", "edit", "new"} & viewer.offered()
    await hand.act("history")
    await hand.act("compare", await hand.row(revision=3))
    assert '+   "name": "headline"' in hand.sheet


async def test_a_type_is_renamed_and_deleted_with_its_entries_by_name_of_the_act(posts: Site) -> None:
    await posts.create("post", title="Hello")
    hand = await Hand(posts.app).open("types")
    await hand.act("edit", await hand.row(name="post"), rename="article", label="Article")
    with pytest.raises(Exception, match="1 entries"):
        await hand.act("delete", await hand.row(name="article"))
    await hand.act("delete_all", await hand.row(name="article"))
    assert await hand.rows() == []


async def test_quick_start_locales_and_routes(site: Site) -> None:
    hand = await Hand(site.app).open("quickstart")
    made = await hand.act("install", await hand.row(name="website"))
    assert "page" in made["types"]
    await hand.open("locales")
    await hand.act("new", code="it", label="Italiano")
    await hand.act("edit", await hand.row(code="it"), fallback="en")
    assert (await hand.row(code="it"))["fallback"] == "en"
    await hand.act("delete", await hand.row(code="it"))
    page = await site.create("page", title="About us")
    await site.on("publish", page)
    await hand.open("routes")
    await hand.act("open", await hand.row(path="/about-us"))
    assert hand.form.subject["id"] == page.id


async def test_every_kind_of_field_is_edited_as_what_it_is(site: Site) -> None:
    await site.type("note", TITLE, kind="collection")
    await site.type("quote", field("text", required=True), field("by", "reference"), kind="block")
    await site.type("group", field("parts", "blocks"), kind="block")
    kinds = {
        "text": "text", "textarea": "lines", "markdown": "markdown", "email": "text", "url": "text", "color": "text",
        "integer": "integer", "boolean": "flag", "date": "date", "time": "time", "datetime": "datetime",
        "tags": "tags", "json": "json", "geo": "object", "number": "number",
    }  # fmt: skip
    plain = [field(name, name) for name in kinds]
    choices = {"choices": [{"value": "a", "label": "Ah"}]}
    more = [
        field("one", "select", options=choices), field("some", "multiselect", options=choices),
        field("exact", "number", options={"exact": True}), field("slug", "slug", options={"source": "text"}),
        field("to", "reference", options={"targets": ["note"]}),
        field("to_any", "reference", options={"many": True}), field("body", "blocks", localized=True),
    ]  # fmt: skip
    await site.type("whole", *plain, *more)
    hand = await Hand(site.app, EDITOR).open("entry", type="whole")
    controls = {one.name: one for one in hand.form.controls}
    assert {name: controls[name].kind for name in kinds} == kinds
    named = {name: controls[name].kind for name in ("one", "some", "exact", "slug", "to", "to_any", "body")}
    assert named == {
        "one": "choice", "some": "choices", "exact": "text", "slug": "text", "to": "reference",
        "to_any": "references", "body": "blocks",
    }  # fmt: skip
    assert controls["one"].options[0].label == "Ah"
    assert controls["body"].localized
    assert controls["body"].within == "data"
    assert {name: [one.name for one in parts] for name, parts in controls["body"].variants.items()} == {
        "group": ["parts"], "quote": ["text", "by"],
    }  # fmt: skip
    to, any_of = controls["to"].pick, controls["to_any"].pick
    assert to is not None
    assert any_of is not None
    note = await site.create("note", title="Hello")
    assert to.listing.ask is not None
    assert [row["title"] for row in (await hand.run(to.listing.ask))["data"]] == ["Hello"]
    assert to.shown is not None
    assert (await hand.app.operations.run(to.shown.operation, {"id": note.id}, site.app.call(EDITOR, "tui"))).title
    assert any_of.listing.below is not None
    first = next(row for row in any_of.listing.rows if row["type"] == "note")
    assert [row["title"] for row in (await hand.run(any_of.listing.below, first))["data"]] == ["Hello"]
    blocks = {"en": [{"type": "group", "data": {"parts": [{"type": "quote", "data": {"text": "x" * 3}}]}}]}
    assert await hand.check(body={"en": [{"type": "quote", "data": {"nothing": 1}}]}) == {
        ("/data/body/en/0/data/nothing", "unknown")
    }
    assert not await hand.save(body=blocks, to=note.id, exact="19.90", geo={"lat": 1, "lng": 2}, text="Words")
    assert hand.form.values["slug"] == "words"
    kept = hand.form.values["body"]["en"][0]
    assert not await hand.save(body={"en": [kept]})
    assert hand.form.values["body"]["en"][0]["id"] == kept["id"]
