"""Values that point at what is not content: checked when written, indexed by who uses what, shown to readers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.content.shelf import Rival, Shelf, Things
from tests.builtin_plugins.content.site import Site, field, opened, pointers

from newel import Reject
from newel.contracts.content import Content, ListQuery


@pytest.fixture
async def shop() -> AsyncIterator[Site]:
    """``post`` with things alone, in a list, per locale and in blocks in blocks; references among posts."""
    async with opened(Shelf.manifest) as site:
        await site.type("figure", field("image", "thing"), field("more", "things"), kind="block")
        await site.type("row", field("figures", "blocks", options={"types": ["figure"]}), kind="block")
        await site.type(
            "post",
            field("title"),
            field("cover", "thing", indexed=True),
            field("gallery", "things", indexed=True),
            field("poster", "thing", localized=True),
            field("body", "blocks"),
            field("next", "reference", options={"many": True}),
        )
        yield site


def things(site: Site) -> Things:
    shelf: Any = site.app.plugins["shelf"]
    found: Things = shelf.things
    return found


def content(site: Site) -> Content:
    return site.app.need(Content)


async def uses(site: Site, *ids: str, limit: int = 100) -> set[tuple[Any, ...]]:
    found = await content(site).uses("thing", ids, limit=limit)
    return {(one.id, one.entry, one.type, one.field, one.locale, one.stage) for one in found}


def figure(image: str | None, *more: str, id: str = "f") -> dict[str, Any]:
    return {"id": id, "type": "figure", "data": {"image": image, "more": list(more)}}


def row(*figures: dict[str, Any], id: str = "r") -> dict[str, Any]:
    return {"id": id, "type": "row", "data": {"figures": list(figures)}}


async def read(site: Site, *, private: bool = False, **query: Any) -> Any:
    return (await content(site).list_published(ListQuery(type="post", **query), private=private)).data


async def test_what_is_not_there_is_refused(shop: Site) -> None:
    """Each value with its pointer, in lists and in blocks too; one question for all of them."""
    with pytest.raises(Reject) as caught:
        await shop.create(
            "post", cover="x1", gallery=["t1", "x2", "t2"], poster="x3",
            body=[row(figure("t3"), figure("x4", "t4", "x5", id="g"))],
        )  # fmt: skip
    inside = "/data/body/0/data/figures/1/data"
    assert pointers(caught.value) == {
        ("/data/cover", "not_found"), ("/data/gallery/1", "not_found"), ("/data/poster", "not_found"),
        (f"{inside}/image", "not_found"), (f"{inside}/more/1", "not_found"),
    }  # fmt: skip
    assert things(shop).asked == [["t1", "t2", "t3", "t4", "x1", "x2", "x3", "x4", "x5"]]
    with pytest.raises(Reject) as caught:
        await shop.create("post", cover="a b", gallery=["t1", "x" * 65])
    assert pointers(caught.value) == {("/data/cover", "format"), ("/data/gallery/1", "format")}


async def test_a_draft_that_lost_something_can_still_be_changed_but_not_published(shop: Site) -> None:
    made = await shop.create("post", title="One", cover="t1", body=[figure("t2")])
    things(shop).kept -= {"t1", "t2"}
    made = await shop.update(made, title="Two", cover="t1")
    with pytest.raises(Reject) as caught:
        await shop.on("publish", made)
    assert pointers(caught.value) == {("/data/cover", "not_found"), ("/data/body/0/data/image", "not_found")}
    with pytest.raises(Reject):
        await shop.update(made, poster="x")
    await shop.update(made, cover="t3", body=[])
    await shop.on("publish", made)


async def test_what_a_version_brings_back_may_be_gone(shop: Site) -> None:
    made = await shop.create("post", cover="t1")
    version = await shop.on("snapshot", made)
    await shop.update(made, cover="t2")
    things(shop).kept.discard("t1")
    back = await shop.on("restore", made, number=version.number)
    assert back.data["cover"] == "t1"
    assert await uses(shop, "t1", "t2") == {("t1", made.id, "post", "cover", None, "draft")}


async def test_who_uses_what(shop: Site) -> None:
    made = await shop.create(
        "post", cover="t1", gallery=["t1", "t2"], poster="t3", body=[row(figure("t4", "t1", "t5"))]
    )
    await shop.update(made, locale="de", poster="t1")
    here = (made.id, "post")
    drafts = {
        ("t1", *here, "cover", None, "draft"), ("t1", *here, "gallery", None, "draft"),
        ("t1", *here, "more", None, "draft"), ("t1", *here, "poster", "de", "draft"),
    }  # fmt: skip
    assert await uses(shop, "t1") == drafts
    assert await uses(shop, "t4", "t5", "t9") == {
        ("t4", *here, "image", None, "draft"), ("t5", *here, "more", None, "draft"),
    }  # fmt: skip
    assert len(await content(shop).uses("thing", ["t1", "t2", "t3"], limit=2)) == 2
    assert await content(shop).uses("other", ["t1"]) == []
    assert await content(shop).uses("thing", []) == []


async def test_drafts_and_what_is_published_are_told_apart(shop: Site) -> None:
    made = await shop.create("post", cover="t1", poster="t2", body=[figure("t1")])
    await shop.on("publish", made)
    await shop.update(made, cover="t3", poster=None, body=[])
    here = (made.id, "post")
    published = {("t1", *here, "cover", "en", "published"), ("t1", *here, "image", "en", "published")}
    assert await uses(shop, "t1") == published
    assert await uses(shop, "t2") == {("t2", *here, "poster", "en", "published")}
    assert await uses(shop, "t3") == {("t3", *here, "cover", None, "draft")}
    await shop.on("publish", made)
    assert await uses(shop, "t1", "t2") == set()
    await shop.on("unpublish", made)
    assert await uses(shop, "t3") == {("t3", *here, "cover", None, "draft")}


async def test_what_is_in_the_trash_needs_its_things_still(shop: Site) -> None:
    made = await shop.create("post", cover="t1", body=[figure("t2")])
    await shop.on("publish", made)
    here = (made.id, "post")
    kept = {("t1", *here, "cover", None, "draft"), ("t2", *here, "image", None, "draft")}
    await shop.on("delete", made)
    assert await uses(shop, "t1", "t2") == kept
    await shop.on("restore_trashed", made)
    assert await uses(shop, "t1", "t2") == kept
    await shop.on("delete", made)
    await shop.on("purge", made, confirm=True)
    assert await uses(shop, "t1", "t2") == set()


async def change(site: Site, **fields: Any) -> None:
    """Changes fields of ``post``; ``None`` removes one."""
    known = await site.run("types.get", name="post")
    made = []
    for one in known.fields:
        plain = {name: getattr(one, name) for name in ("name", "type", "number", "localized", "indexed", "options")}
        more = fields.get(one.name, {})
        if more is not None:
            made.append(plain | more)
    await site.run("types.update", name="post", fields=made)


async def test_a_change_of_the_type_is_followed(shop: Site) -> None:
    made = await shop.create("post", cover="t1", poster="t2")
    gone = await shop.create("post", cover="t1", poster="t2")
    await shop.on("delete", gone)
    await change(shop, cover={"localized": True})
    both = (made.id, gone.id)
    assert await uses(shop, "t1") == {("t1", id, "post", "cover", "en", "draft") for id in both}
    assert await uses(shop, "t2") == {("t2", id, "post", "poster", "en", "draft") for id in both}
    await change(shop, cover=None)
    assert await uses(shop, "t1") == set()
    assert len(await uses(shop, "t2")) == 2


async def test_a_field_of_blocks_that_goes_points_at_nothing(shop: Site) -> None:
    made = await shop.create("post", body=[row(figure("t1", "t2"))])
    await shop.on("publish", made)
    await shop.on("delete", await shop.create("post", body=[figure("t1", "t2")]))
    known = await shop.run("types.get", name="figure")
    await shop.run("types.update", name="figure", fields=[{"name": "more", "type": "things", "number": 2}])
    assert [one.number for one in known.fields] == [1, 2]
    assert await uses(shop, "t1") == set()
    assert len(await uses(shop, "t2")) == 3


async def test_readers_get_what_is_shown(shop: Site) -> None:
    """One question for an answer, whatever it holds: entries, blocks in blocks, what is expanded."""
    last = await shop.create("post", title="last", cover="t7", body=[figure("t8")])
    await shop.on("publish", last)
    made = await shop.create(
        "post", title="first", cover="t1", gallery=["t1", "t2", "t3"], body=[row(figure("t4", "t5"))], next=[last.id]
    )
    await shop.on("publish", made)
    assert made.data["cover"] == "t1"
    things(shop).kept -= {"t2"}
    things(shop).secret |= {"t4"}
    things(shop).shows.clear()
    first, second = await read(shop, expand=("next",), sort=("-published_at",))

    def shown(id: str) -> dict[str, str]:
        return {"id": id, "alt": f"{id} in en"}

    assert things(shop).shows == [["t1", "t2", "t3", "t4", "t5", "t7", "t8"]]
    assert first.data["cover"] == shown("t1")
    assert first.data["gallery"] == [shown("t1"), shown("t3")]
    assert first.data["poster"] is None
    assert first.data["body"][0]["data"]["figures"][0]["data"] == {"image": None, "more": [shown("t5")]}
    assert first.data["next"][0].data["cover"] == shown("t7")
    assert second.data["body"][0]["data"]["image"] == shown("t8")
    assert first.outside == ("thing:t1", "thing:t2", "thing:t3", "thing:t4", "thing:t5")
    assert first.data["next"][0].outside == ("thing:t7", "thing:t8")
    for entry in await read(shop, private=True, sort=("-published_at",), limit=1):
        assert entry.data["body"][0]["data"]["figures"][0]["data"]["image"] == shown("t4")
    assert (await shop.get(made)).data == made.data
    listed = await shop.run("content.list", type="post", sort=["-created_at"])
    assert listed.data[0].data == made.data
    assert listed.data[0].outside == ()


async def test_in_the_locale_that_is_asked_for(shop: Site) -> None:
    made = await shop.create("post", poster="t1")
    await shop.update(made, locale="de", poster="t2")
    await shop.on("publish", made, locale="*")
    for locale, id in (("en", "t1"), ("de", "t2")):
        entry = await content(shop).get_published("post", made.id, ListQuery(type="post", locale=locale))
        assert entry.data["poster"] == {"id": id, "alt": f"{id} in {locale}"}


async def test_only_what_is_wanted_is_asked_for(shop: Site) -> None:
    made = await shop.create("post", title="x", cover="t1", gallery=["t2"])
    await shop.on("publish", made)
    (entry,) = await read(shop, fields=("title", "cover"))
    assert things(shop).shows == [["t1"]]
    assert entry.outside == ("thing:t1",)
    things(shop).shows.clear()
    await read(shop, fields=("title",))
    assert things(shop).shows == []


async def test_found_by_id(shop: Site) -> None:
    one = await shop.create("post", title="one", cover="t1", gallery=["t2", "t3"])
    two = await shop.create("post", title="two", cover="t2")
    for entry in (one, two):
        await shop.on("publish", entry)
    assert [one.data["title"] for one in await read(shop, filter={"cover": {"_eq": "t2"}})] == ["two"]
    assert [one.data["title"] for one in await read(shop, filter={"cover": {"_in": ["t1", "t9"]}})] == ["one"]
    assert [one.data["title"] for one in await read(shop, filter={"gallery": {"_some": {"_eq": "t3"}}})] == ["one"]


async def test_a_field_takes_no_default(shop: Site) -> None:
    with pytest.raises(Reject) as caught:
        await shop.type("other", field("cover", "thing", default="t1"))
    assert ("/fields/0/default", "default") in pointers(caught.value)


async def test_answers_without_such_fields_cost_nothing_more(shop: Site, statements: list[str]) -> None:
    """25 entries with blocks: the statements are those of a site that has no such field types."""

    async def count(site: Site) -> int:
        await site.type("note", field("text"), kind="block")
        await site.type("plain", field("title"), field("body", "blocks", options={"types": ["note"]}))
        for number in range(25):
            body = [{"type": "note", "data": {"text": "x"}}]
            made = await site.create("plain", title=str(number), body=body)
            await site.on("publish", made)
        statements.clear()
        page = await content(site).list_published(ListQuery(type="plain"))
        assert len(page.data) == 25
        return len(statements)

    with_things = await count(shop)
    assert things(shop).asked == things(shop).shows == []
    async with opened() as bare:
        assert await count(bare) == with_things


@pytest.mark.parametrize("word", ["thing", "Thing", "a:b", "", "x" * 33])
async def test_two_plugins_with_one_kind(word: str) -> None:
    class Word:
        kind = word

    Rival.outside = Word()
    async with opened(Shelf.manifest, Rival.manifest) as site:
        (failure,) = site.app.failures
        assert failure.plugin == "usurper"
        told = "usurper and shelf both keep what is called 'thing'" if word == "thing" else "is no kind"
        assert told in failure.cause
        assert (await site.type("post", field("cover", "thing"))).name == "post"
