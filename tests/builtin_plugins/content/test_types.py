"""Types: what a definition may say, and what a change of it does to what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, pointers

from newel import Conflict, Forbidden, NotFound, PreconditionFailed, Reject
from newel.context import Work
from newel.testing import actor


async def refused(site: Site, fields: Sequence[dict[str, Any]], **more: Any) -> set[tuple[str, str]]:
    with pytest.raises(Reject) as caught:
        await site.type("thing", *fields, **more)
    return pointers(caught.value)


async def test_a_type_is_there_at_once(site: Site) -> None:
    made = await site.type("post", TITLE, SLUG, label="Post")
    assert [(one.name, one.number) for one in made.fields] == [("title", 1), ("slug", 2)]
    assert (made.revision, made.kind, made.public) == (1, "collection", True)
    assert await site.run("types.get", name="post") == made
    assert (await site.run("types.list")).data == (made,)
    with pytest.raises(Conflict) as caught:
        await site.type("post")
    assert pointers(caught.value) == {("/name", "not_unique")}
    with pytest.raises(NotFound):
        await site.run("types.get", name="nothing")


async def test_all_faults_of_a_definition_at_once(site: Site) -> None:
    fields = [
        field("title", rules={"max_length": -1, "min": 3, "longest": 2}),
        field("title", "textt"),
        field("id"),
        field("link", "url", options={"x": 1}),
        field("choice", "select"),
        field("price", "number", default="cheap"),
        field("code", rules={"pattern": "("}),
        field("to", "reference", options={"targets": ["nobody"], "many": "yes"}),
        field("body", "blocks", options={"types": ["nobody"]}, indexed=True),
        field("words", "tags", unique=True),
        field("short", "slug", options={"source": "price"}),
    ]
    assert await refused(site, fields) == {
        ("/fields/0/rules/max_length", "type"),
        ("/fields/0/rules/min", "rule"),
        ("/fields/0/rules/longest", "unknown"),
        ("/fields/1/name", "duplicate"),
        ("/fields/1/type", "field_type"),
        ("/fields/2/name", "reserved"),
        ("/fields/3/options/x", "unknown"),
        ("/fields/4/options/choices", "required"),
        ("/fields/5/default", "type"),
        ("/fields/6/rules/pattern", "pattern"),
        ("/fields/7/options/many", "type"),
        ("/fields/8/options/types/0", "not_found"),
        ("/fields/8/indexed", "not_indexable"),
        ("/fields/9/unique", "not_indexable"),
        ("/fields/10/options/source", "not_found"),
    }


async def test_what_each_kind_may_have(site: Site) -> None:
    assert await refused(site, [SLUG | {"options": {}}, field("other", "slug")], kind="page") == {
        ("/fields/1/type", "slug")
    }
    assert await refused(site, [TITLE, field("s", "slug")], kind="block") == {
        ("/fields/0/localized", "block"),
        ("/fields/0/indexed", "block"),
        ("/fields/1/type", "block"),
    }
    assert await refused(site, [], parents=["thing"]) == {("/parents", "kind"), ("/parents/0", "not_found")}
    assert (await site.type("tree", kind="page", parents=["tree"])).parents == ("tree",)


async def test_at_most_200_fields(site: Site) -> None:
    assert await refused(site, [field(f"f{number}") for number in range(201)]) == {("/fields", "max_length")}


async def test_who_may(site: Site) -> None:
    editor = actor("editor", "content.types.read")
    await site.run("types.list", editor)
    with pytest.raises(Forbidden):
        await site.run("types.create", editor, name="post")


async def test_fields_come_go_and_change_their_names(posts: Site) -> None:
    entry = await posts.create("post", title="One", stars=3, text="Hello")
    before = await posts.rows("select document from content_entries")
    made = await posts.run(
        "types.update",
        name="post",
        revision=1,
        fields=[
            field("points", "integer", number=3, indexed=True),
            {**TITLE, "label": "The title"},
            field("subtitle"),
            {**SLUG, "number": 2},
        ],
    )
    assert [(one.name, one.number) for one in made.fields] == [
        ("points", 3),
        ("title", 1),
        ("subtitle", 5),
        ("slug", 2),
    ]
    assert made.revision == 2
    read = await posts.get(entry)
    assert read.data == {"points": 3, "title": "One", "subtitle": None, "slug": "one"}
    assert await posts.rows("select document from content_entries") == before
    with pytest.raises(PreconditionFailed):
        await posts.run("types.update", name="post", revision=1, label="Late")
    history = await posts.run("types.history", name="post")
    assert [(one.revision, one.author) for one in history.data] == [(2, "admin"), (1, "admin")]
    assert [one["name"] for one in history.data[1].definition["fields"]] == ["title", "slug", "stars", "text"]
    again = await posts.run("types.update", name="post", fields=[{**TITLE}, field("text", "markdown")])
    assert again.field("text").number == 6, "a number is never given twice"
    assert (await posts.get(entry)).data == {"title": "One", "text": None}


async def test_the_same_definition_again_changes_nothing(posts: Site) -> None:
    before = await posts.run("types.get", name="post")
    assert await posts.run("types.update", name="post", label="") == before


async def test_a_field_keeps_its_type(posts: Site) -> None:
    with pytest.raises(Reject) as caught:
        await posts.run("types.update", name="post", fields=[field("title", "markdown"), field("x", number=9)])
    assert pointers(caught.value) == {("/fields/0/type", "type_change"), ("/fields/1/number", "number")}
    await posts.type("note", field("to", "reference"), field("sum", "number"))
    with pytest.raises(Reject) as caught:
        await posts.run(
            "types.update",
            name="note",
            fields=[field("to", "reference", options={"many": True}), field("sum", "number", options={"exact": True})],
        )
    assert pointers(caught.value) == {
        ("/fields/0/options/many", "option_change"),
        ("/fields/1/options/exact", "option_change"),
    }


async def test_a_new_name_is_followed(site: Site) -> None:
    await site.type("tag", TITLE)
    await site.type("post", field("tags", "reference", options={"targets": ["tag"], "many": True}))
    await site.type("tree", field("up", "reference", options={"targets": ["tree"]}), kind="page", parents=["tree"])
    await site.run("types.update", name="tag", rename="label")
    assert (await site.run("types.get", name="post")).fields[0].options["targets"] == ["label"]
    tag = await site.create("label", title="Wood")
    await site.create("post", tags=[tag.id])
    moved = await site.run("types.update", name="tree", rename="place")
    assert (moved.parents, moved.fields[0].options["targets"]) == (("place",), ["place"])
    with pytest.raises(Conflict):
        await site.run("types.update", name="post", rename="label")


async def index_rows(site: Site, field: int) -> list[tuple[Any, ...]]:
    rows = await site.rows("select stage, locale, sort_key from content_index where field = :field", field=field)
    return sorted(
        ((row["stage"], row["locale"], row["sort_key"]) for row in rows),
        key=lambda row: tuple(one or "" for one in row),
    )


async def test_raising_indexed_fills_the_index(site: Site) -> None:
    await site.type("post", field("title"))
    for title in ("B", "a", None):
        entry = await site.create("post", title=title)
    await site.create("post", title="C")
    await site.on("publish", entry)
    assert await index_rows(site, 1) == []
    await site.run("types.update", name="post", fields=[field("title", indexed=True)])
    drafts = [("draft", "", None), ("draft", "", "a"), ("draft", "", "b"), ("draft", "", "c")]
    assert await index_rows(site, 1) == [*drafts, ("published", "en", None)]
    await site.run("types.update", name="post", fields=[field("title")])
    assert await index_rows(site, 1) == []


async def test_raising_unique_needs_unique_values(site: Site) -> None:
    await site.type("post", field("code"))
    one = await site.create("post", code="x")
    await site.create("post", code="x")
    with pytest.raises(Conflict) as caught:
        await site.run("types.update", name="post", fields=[field("code", unique=True)])
    assert pointers(caught.value) == {("/fields/0/unique", "not_unique")}
    assert (await site.run("types.get", name="post")).revision == 1
    await site.update(one, code="y")
    await site.run("types.update", name="post", fields=[field("code", unique=True)])
    with pytest.raises(Conflict):
        await site.update(one, code="x")


async def test_localised_and_back(site: Site) -> None:
    await site.type("tag", field("name"))
    tag = await site.create("tag", name="Wood")
    reference = field("tag", "reference", options={"targets": ["tag"]})
    await site.type("post", field("title", indexed=True), reference)
    entry = await site.create("post", title="One", tag=tag.id)
    localized = [field("title", indexed=True, localized=True), {**reference, "localized": True}]
    await site.run("types.update", name="post", fields=localized)
    assert (await site.get(entry, locale="en")).data == {"title": "One", "tag": tag.id}
    assert (await site.get(entry, locale="de")).data == {"title": None, "tag": None}
    assert (await site.get(entry)).revision == 2
    entry = await site.update(entry, locale="de", title="Eins")
    assert await index_rows(site, 1) == [("draft", "de", "eins"), ("draft", "en", "one"), ("draft", "fr", None)]
    used = await site.on("references", tag)
    assert [(one.id, one.locale) for one in used.data] == [(entry.id, "en")]
    back = [field("title", indexed=True), reference]
    with pytest.raises(Conflict) as caught:
        await site.run("types.update", name="post", fields=back)
    assert caught.value.reason == "loses_values"
    await site.run("types.update", name="post", fields=back, force=True)
    assert (await site.get(entry, locale="de")).data == {"title": "One", "tag": tag.id}
    assert await index_rows(site, 1) == [("draft", "", "one")]
    assert [one.locale for one in (await site.on("references", tag)).data] == [None]


async def test_a_type_with_entries_stays(posts: Site) -> None:
    entry = await posts.create("post", title="One")
    await posts.on("publish", entry)
    with pytest.raises(Conflict) as caught:
        await posts.run("types.delete", name="post")
    assert caught.value.reason == "in_use"
    deleter = actor("typist", "content.types")
    with pytest.raises(Forbidden):
        await posts.run("types.delete", deleter, name="post", force=True)
    await posts.run("types.delete", name="post", force=True)
    for table in ("types", "entries", "index", "references", "versions", "published", "edits"):
        assert await posts.rows(f"select * from content_{table}") == [], table
    assert len(await posts.rows("select * from content_type_history")) == 1


async def test_a_tree_of_pages_goes_with_its_type(pages: Site) -> None:
    top = await pages.create("page", title="Top")
    below = await pages.create("page", parent=top.id, title="Below")
    await pages.create("page", parent=below.id, title="Deep")
    await pages.run("types.delete", name="page", force=True)
    assert await pages.rows("select * from content_entries") == []


async def test_a_type_that_others_name_stays(site: Site) -> None:
    await site.type("quote", field("text"), kind="block")
    await site.type("post", field("body", "blocks", options={"types": ["quote"]}))
    with pytest.raises(Conflict) as caught:
        await site.run("types.delete", name="quote")
    assert caught.value.extra == {"by": ["post.body"]}
    await site.run("types.update", name="post", fields=[field("body", "blocks")])
    entry = await site.create("post", body=[{"type": "quote", "data": {"text": "!"}}])
    with pytest.raises(Conflict) as caught:
        await site.run("types.delete", name="quote")
    assert caught.value.reason == "in_use"
    await site.update(entry, body=[])
    await site.run("types.delete", name="quote")


async def test_another_process_sees_a_change_at_once(posts: Site) -> None:
    """The cache is asked with a stamp, so a change that this process did not make is seen by the next request."""
    await posts.run("types.list")
    kept = posts.store.catalogue._kept
    held = dict(kept)
    await posts.run("types.update", name="post", label="News")
    kept.clear()
    kept.update(held)  # as the cache of a process that did not make the change
    assert (await posts.run("types.get", name="post")).label == "News"


async def test_a_change_that_is_rolled_back_is_not_remembered(posts: Site) -> None:
    await posts.run("types.list")

    async def change_and_fail() -> None:
        async with posts.store.db.transaction() as tx:
            call = evolve(posts.app.call(actor("admin"), "test"), work=Work(tx))
            await posts.app.operations.run("types.update", {"name": "post", "label": "Gone"}, call)
            assert (await posts.store.catalogue.load(tx)).model("post").type.label == "Gone"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change_and_fail()
    assert (await posts.run("types.get", name="post")).label == ""


async def test_a_change_is_audited(site: Site) -> None:
    await site.type("post", TITLE)
    row = site.audit[-1]
    assert (row.operation, row.changes[0].entity, row.changes[0].before) == ("types.create", "type", None)
    assert row.changes[0].after["name"] == "post"


async def test_what_no_database_can_keep_is_refused(site: Site) -> None:
    fields = [field("a", label="\0"), field("b", default="\ud800"), field("c", "json", default={"x": 2**70})]
    assert await refused(site, fields) == {
        ("/fields/0/label", "characters"),
        ("/fields/1/default", "characters"),
        ("/fields/2/default", "range"),
    }
    with pytest.raises(Reject):
        await site.run("locales.update", code="de", label="\0")
    await site.type("post", TITLE)
    for id in ("", "\0", "x" * 5000, "01arz3ndektsv4rrffq69g5fav"):
        with pytest.raises(NotFound):
            await site.run("content.get", type="post", id=id)
        with pytest.raises(NotFound):
            await site.run("content.update", type="post", id=id, data={})
