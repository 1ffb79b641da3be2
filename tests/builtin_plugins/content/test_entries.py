"""Drafts: created, read, changed, by one writer and by several at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.content.site import TITLE, Site, field, pointers

from newel import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    Reject,
    TooLarge,
)
from newel.testing import actor


async def test_create_and_read(posts: Site) -> None:
    made = await posts.create("post", title="Hello, stairs", stars=4)
    assert made.data == {"title": "Hello, stairs", "slug": "hello-stairs", "stars": 4, "text": None}
    assert (made.revision, made.locale, made.state) == (1, "en", {"en": "draft", "de": "draft", "fr": "draft"})
    assert (made.author, made.parent, made.deleted_at) == ("admin", None, None)
    assert await posts.get(made) == made
    german = await posts.get(made, locale="de")
    assert german.data == {"title": None, "slug": None, "stars": 4, "text": None}
    every = await posts.get(made, locale="*")
    assert every.data == {"title": {"en": "Hello, stairs"}, "slug": {"en": "hello-stairs"}, "stars": 4, "text": None}


async def test_all_faults_at_once(posts: Site) -> None:
    with pytest.raises(Reject) as caught:
        await posts.create("post", title=1, stars="many", text="\0", nothing=True)
    assert pointers(caught.value) == {
        ("/data/title", "type"),
        ("/data/stars", "type"),
        ("/data/text", "characters"),
        ("/data/nothing", "unknown"),
    }


async def test_columns_cannot_be_written(posts: Site) -> None:
    for name in ("revision", "author", "created_at", "deleted_at", "position", "__proto__", "space"):
        with pytest.raises(Reject) as caught:
            await posts.run("content.create", type="post", data={}, **{name: "x"})
        assert pointers(caught.value) == {(f"/{name}", "unknown")}


async def test_an_id_of_ones_own(posts: Site) -> None:
    """For imports: what others point at keeps its name."""
    own = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    made = await posts.run("content.create", type="post", id=own, data={"title": "b"})
    assert (made.id, (await posts.get(made)).data["title"]) == (own, "b")
    with pytest.raises(Conflict):
        await posts.run("content.create", type="post", id=own, data={"title": "c"})
    for wrong in ("mine", own.lower(), own + "0", ""):
        with pytest.raises(Reject) as caught:
            await posts.run("content.create", type="post", id=wrong, data={})
        assert [pointer for pointer, _ in pointers(caught.value)] == ["/id"]


async def test_what_is_not_there(posts: Site) -> None:
    made = await posts.create("post", title="x")
    await posts.type("note", TITLE)
    for order in ({"type": "post", "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, {"type": "note", "id": made.id}):
        for verb in ("get", "publish", "delete", "versions", "references"):
            with pytest.raises(NotFound):
                await posts.run(f"content.{verb}", **order)
    with pytest.raises(NotFound):
        await posts.create("nothing")
    with pytest.raises(Malformed):
        await posts.get(made, locale="tlh")
    with pytest.raises(NotFound):
        await posts.get(made, status="published")


async def test_who_may(posts: Site) -> None:
    made = await posts.create("post", title="x")
    viewer = actor("viewer", "content.read")
    with pytest.raises(Forbidden):
        await posts.run("content.get", viewer, type="post", id=made.id)
    await posts.on("publish", made)
    order = {"type": "post", "id": made.id, "status": "published"}
    assert (await posts.run("content.get", viewer, **order)).data["title"] == "x"
    for verb, more in {
        "create": {},
        "update": {"data": {}},
        "delete": {},
        "publish": {},
        "purge": {},
        "move": {},
    }.items():
        with pytest.raises(Forbidden):
            await posts.run(f"content.{verb}", viewer, type="post", id=made.id, **more)


async def test_defaults_of_new_entries(site: Site) -> None:
    fields = [
        field("open", "boolean", default=False),
        field("mood", localized=True, default="fine"),
        field("n", "integer", default=3),
    ]
    await site.type("day", *fields)
    made = await site.create("day", n=None)
    assert made.data == {"open": False, "mood": "fine", "n": None}
    assert (await site.get(made, locale="de")).data["mood"] is None


async def test_patch_keeps_and_clears(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=3, text="x")
    changed = await posts.update(made, stars=None, text="y")
    assert changed.data == {"title": "One", "slug": "one", "stars": None, "text": "y"}
    assert changed.revision == 2
    assert (await posts.update(made, text="y")).revision == 2, "nothing changed"


async def test_put_replaces_one_locale(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=3, text="x")
    await posts.update(made, locale="de", title="Eins", slug="eins")
    changed = await posts.on("replace", made, data={"title": "Two", "stars": 1})
    assert changed.data == {"title": "Two", "slug": "two", "stars": 1, "text": None}
    assert (await posts.get(made, locale="de")).data == {"title": "Eins", "slug": "eins", "stars": 1, "text": None}


async def test_all_locales_at_once(posts: Site) -> None:
    made = await posts.create("post", locale="*", title={"en": "One", "de": "Eins"}, stars=1)
    assert made.data["slug"] == {"en": "one", "de": "eins"}
    changed = await posts.update(made, locale="*", title={"de": None, "fr": "Un"})
    assert changed.data["title"] == {"en": "One", "fr": "Un"}
    replaced = await posts.on("replace", made, locale="*", data={"title": {"de": "Zwei"}})
    assert replaced.data == {"title": {"de": "Zwei"}, "slug": {"de": "zwei"}, "stars": None, "text": None}
    with pytest.raises(Reject) as caught:
        await posts.update(made, locale="*", title={"xx": "?", "de": 1}, slug="flat")
    assert pointers(caught.value) == {
        ("/data/title/xx", "unknown"),
        ("/data/title/de", "type"),
        ("/data/slug", "type"),
    }


async def test_blocks_inside_blocks(site: Site) -> None:
    await site.type("quote", field("text", required=True, rules={"max_length": 5}), kind="block")
    await site.type("box", field("label", default="Box"), field("body", "blocks"), kind="block")
    await site.type("post", field("body", "blocks", options={"types": ["box"]}))
    wire = [{"type": "box", "data": {"body": [{"type": "quote", "data": {"text": "hi"}, "id": "q1"}]}}]
    made = await site.create("post", body=wire)
    box = made.data["body"][0]
    assert box["data"] == {"label": "Box", "body": [{"id": "q1", "type": "quote", "data": {"text": "hi"}}]}
    assert (await site.update(made, body=[box])).revision == 1, "the same again is no change"
    await site.run("types.update", name="quote", rename="saying", fields=[field("words", number=1)])
    assert (await site.get(made)).data["body"][0]["data"]["body"] == [
        {"id": "q1", "type": "saying", "data": {"words": "hi"}}
    ]
    bad = [
        {"type": "saying"},
        {"type": "box", "data": {"body": [{"type": "saying", "data": {"words": 1, "x": 2}}, 3]}, "more": 1},
        {"type": "box", "id": "no good", "data": []},
    ]
    with pytest.raises(Reject) as caught:
        await site.update(made, body=bad)
    assert pointers(caught.value) == {
        ("/data/body/0/type", "block_type"),
        ("/data/body/1/more", "unknown"),
        ("/data/body/1/data/body/0/data/words", "type"),
        ("/data/body/1/data/body/0/data/x", "unknown"),
        ("/data/body/1/data/body/1", "type"),
        ("/data/body/2/id", "format"),
    }
    with pytest.raises(Reject) as caught:
        await site.update(made, body=[{"type": "box", "id": "a"}, {"type": "box", "id": "a"}])
    assert pointers(caught.value) == {("/data", "duplicate")}


async def test_blocks_end_at_depth_8(site: Site) -> None:
    await site.type("box", kind="block")
    await site.run("types.update", name="box", fields=[field("in", "blocks")])
    await site.type("post", field("body", "blocks"))

    def nested(depth: int) -> list[dict[str, Any]]:
        return [{"type": "box", "data": {"in": nested(depth - 1)}}] if depth else []

    await site.create("post", body=nested(7))
    with pytest.raises(Reject) as caught:
        await site.create("post", body=nested(9))
    assert {code for _, code in pointers(caught.value)} == {"depth"}


async def test_references_point_at_what_is_there(site: Site) -> None:
    await site.type("tag", TITLE)
    await site.type("other", TITLE)
    await site.type(
        "post", field("tags", "reference", options={"targets": ["tag"], "many": True}), field("any", "reference")
    )
    tag, other, gone = await site.create("tag"), await site.create("other"), await site.create("tag")
    await site.on("delete", gone)
    with pytest.raises(Reject) as caught:
        await site.create("post", tags=[tag.id, other.id, gone.id], any="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert pointers(caught.value) == {
        ("/data/tags/1", "target_type"),
        ("/data/tags/2", "not_found"),
        ("/data/any", "not_found"),
    }
    made = await site.create("post", tags=[tag.id], any=other.id)
    assert {row.field for row in (await site.on("references", tag)).data} == {"tags"}
    await site.update(made, tags=[])
    assert (await site.on("references", tag)).data == ()


async def test_too_much_is_refused(open_site: Any) -> None:
    site = await open_site(config={"max_document_bytes": 1024})
    await site.type("post", field("text", "textarea"))
    with pytest.raises(TooLarge):
        await site.create("post", text="x" * 2000)
    await site.create("post", text="x" * 900)


async def test_one_entry_of_a_single(site: Site) -> None:
    await site.type("home", TITLE, kind="single")
    made = await asyncio.gather(*(site.create("home", title=str(n)) for n in range(5)), return_exceptions=True)
    kept = [one for one in made if not isinstance(one, Exception)]
    assert len(kept) == 1
    assert {one.reason for one in made if isinstance(one, Conflict)} == {"single_exists"}
    await site.on("delete", kept[0])
    await site.create("home", title="Another")
    with pytest.raises(Conflict):
        await site.on("restore_trashed", kept[0])
