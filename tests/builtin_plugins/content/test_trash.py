"""The trash: what goes there with whom, what comes back, what is gone."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, pointers

from newel import Conflict, Manifest, NotFound, Reject, hookimpl
from newel.contracts.content import EntryEvent


async def test_there_and_back(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=3)
    await posts.on("publish", made)
    deleted = await posts.on("delete", made)
    assert (deleted.deleted, deleted.cleared) == ((made.id,), ())
    for verb in ("get", "publish", "versions"):
        with pytest.raises(NotFound):
            await posts.on(verb, made)
    for table in ("index", "published", "references", "routes"):
        assert await posts.rows(f"select * from content_{table}") == [], table
    assert [one.id for one in (await posts.run("content.trash")).data] == [made.id]
    back = await posts.on("restore_trashed", made)
    assert back.data == made.data
    assert (back.state["en"], back.position) == ("draft", made.position)
    assert (await posts.run("content.trash")).data == ()
    with pytest.raises(Conflict):
        await posts.create("post", title="x", slug="one")


async def test_what_was_unique_is_free_again(posts: Site) -> None:
    one = await posts.create("post", title="One")
    await posts.on("delete", one)
    two = await posts.create("post", title="One")
    assert two.data["slug"] == "one"
    with pytest.raises(Conflict) as caught:
        await posts.on("restore_trashed", one)
    assert pointers(caught.value) == {("/data/slug", "not_unique")}
    await posts.update(two, slug="two")
    await posts.on("restore_trashed", one)


async def test_pages_go_with_what_is_below(pages: Site) -> None:
    top = await pages.create("page", title="Top")
    gone = await pages.create("page", parent=top.id, title="Gone before")
    below = await pages.create("page", parent=top.id, title="Below")
    deep = await pages.create("page", parent=below.id, title="Deep")
    await pages.on("delete", gone)
    with pytest.raises(Conflict) as caught:
        await pages.on("delete", top)
    assert caught.value.reason == "has_children"
    deleted = await pages.on("delete", top, descendants=True)
    assert deleted.deleted == (top.id, below.id, deep.id)
    with pytest.raises(Conflict) as caught:
        await pages.on("restore_trashed", deep)
    assert caught.value.reason == "parent_in_trash"
    await pages.on("restore_trashed", top)
    assert (await pages.get(deep)).parent == below.id
    assert [one.id for one in (await pages.run("content.trash")).data] == [gone.id], "it went there on its own"


async def test_a_reference_may_forbid(site: Site) -> None:
    await site.type("tag", field("name"))
    await site.type("quote", field("tag", "reference"), kind="block")
    await site.type("post", field("tag", "reference"), field("body", "blocks"))
    tag, other = await site.create("tag"), await site.create("tag")
    post = await site.create("post", tag=tag.id, body=[{"type": "quote", "id": "q", "data": {"tag": other.id}}])
    with pytest.raises(Conflict) as caught:
        await site.on("delete", tag)
    assert caught.value.reason == "in_use"
    assert [(use["id"], use["field"]) for use in caught.value.extra["used_by"]] == [(post.id, "tag")]
    with pytest.raises(Conflict) as caught:
        await site.on("delete", other)
    assert [(use["id"], use["block"]) for use in caught.value.extra["used_by"]] == [(post.id, "q")]
    await site.on("delete", tag, force=True)
    assert (await site.get(post)).data["tag"] == tag.id, "it points at nothing until the tag comes back"
    await site.update(post, body=None)
    await site.on("delete", post)
    await site.on("delete", other)


async def test_a_reference_may_be_emptied(site: Site) -> None:
    await site.type("tag", field("name"))
    clear = {"on_delete": "clear"}
    await site.type("quote", field("tag", "reference", options=clear), kind="block")
    one = field("one", "reference", options=clear, indexed=True, localized=True)
    await site.type("post", one, field("many", "reference", options={**clear, "many": True}), field("body", "blocks"))
    tag, kept = await site.create("tag"), await site.create("tag")
    body = [{"type": "quote", "id": "q", "data": {"tag": tag.id}}]
    post = await site.create("post", one=tag.id, many=[kept.id, tag.id], body=body)
    await site.on("publish", post)
    deleted = await site.on("delete", tag)
    assert (deleted.deleted, deleted.cleared) == ((tag.id,), (post.id,))
    read = await site.get(post)
    assert (read.data["one"], read.data["many"]) == (None, [kept.id])
    assert read.data["body"] == [{"id": "q", "type": "quote", "data": {"tag": None}}]
    assert read.revision == 3
    assert read.state["en"] == "changed"


async def test_a_reference_may_take_its_entry_along(site: Site) -> None:
    await site.type("owner", field("name"))
    await site.type("thing", field("owner", "reference", options={"on_delete": "cascade"}))
    await site.type("part", field("thing", "reference", options={"on_delete": "cascade"}))
    await site.type("note", field("part", "reference"))
    owner = await site.create("owner")
    thing = await site.create("thing", owner=owner.id)
    part = await site.create("part", thing=thing.id)
    note = await site.create("note", part=part.id)
    with pytest.raises(Conflict):
        await site.on("delete", owner)
    await site.update(note, part=None)
    assert (await site.on("delete", owner)).deleted == (owner.id, thing.id, part.id)


async def test_circles_of_cascades_end(site: Site) -> None:
    await site.type("node")
    await site.run("types.update", name="node", fields=[field("next", "reference", options={"on_delete": "cascade"})])
    one = await site.create("node")
    two = await site.create("node", next=one.id)
    await site.update(one, next=two.id)
    assert set((await site.on("delete", one)).deleted) == {one.id, two.id}


async def test_gone_for_good(pages: Site) -> None:
    top = await pages.create("page", title="Top")
    below = await pages.create("page", parent=top.id, title="Below")
    await pages.on("publish", below)
    with pytest.raises(NotFound):
        await pages.on("purge", top, confirm=True)
    await pages.on("delete", top, descendants=True)
    with pytest.raises(Reject) as caught:
        await pages.on("purge", top)
    assert pointers(caught.value) == {("/confirm", "confirm")}
    assert set((await pages.on("purge", top, confirm=True)).purged) == {top.id, below.id}
    for table in ("entries", "versions", "edits"):
        assert await pages.rows(f"select * from content_{table}") == [], table


async def test_the_trash_in_pages(posts: Site) -> None:
    made = [await posts.create("post", title=str(number)) for number in range(5)]
    for one in made:
        await posts.on("delete", one)
    found: list[Any] = []
    cursor = None
    while True:
        page = await posts.run("content.trash", limit=2, cursor=cursor)
        found += page.data
        cursor = page.next
        if cursor is None:
            break
    assert sorted(one.id for one in found) == sorted(one.id for one in made)


class Guard:
    """Keeps what is called "keep", and notes what went to the trash."""

    manifest = Manifest(name="guard", summary="A plugin of these tests.", load=f"{__name__}:Guard")
    asked: list[str] = []  # noqa: RUF012 - a plugin of one test
    told: list[EntryEvent] = []  # noqa: RUF012 - as above
    keep = ""

    def __init__(self, app: Any) -> None:
        self.asked.clear()
        self.told.clear()

    @hookimpl
    def content_before_delete(self, event: EntryEvent) -> None:
        self.asked.append(event.id)
        if event.data is not None and event.data["title"] == self.keep:
            raise Reject("this one stays", code="kept")

    @hookimpl
    def content_after_delete(self, event: EntryEvent) -> None:
        self.told.append(event)


async def test_plugins_may_refuse_and_are_told_after_the_commit(open_site: Any, monkeypatch: Any) -> None:
    site = await open_site(Guard.manifest)
    await site.type("page", TITLE, SLUG, kind="page")
    top = await site.create("page", title="Top")
    below = await site.create("page", parent=top.id, title="Below")
    monkeypatch.setattr(Guard, "keep", "Below")
    with pytest.raises(Reject, match="this one stays"):
        await site.on("delete", top, descendants=True)
    await site.app.settle()
    assert below.id in Guard.asked
    assert Guard.told == []
    assert (await site.get(top)).data["title"] == "Top"
    monkeypatch.setattr(Guard, "keep", "")
    await site.on("delete", top, descendants=True)
    await site.app.settle()
    assert {(event.type, event.id) for event in Guard.told} == {("page", top.id), ("page", below.id)}
    with pytest.raises(NotFound):
        await site.get(below)
