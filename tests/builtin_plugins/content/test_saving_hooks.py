"""What plugins may do to a draft, and the trail that every write leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, pointers

from newel import Manifest, Reject, hookimpl
from newel.contracts.content import EntryDraft, EntryEvent


class Shouting:
    """Writes titles in capitals, refuses swearing, and breaks on demand."""

    manifest = Manifest(name="shouting", summary="A plugin of these tests.", load=f"{__name__}:Shouting")
    seen: list[EntryDraft | EntryEvent] = []  # noqa: RUF012 - a plugin of one test

    def __init__(self, app: Any) -> None:
        self.seen.clear()

    @hookimpl
    def content_before_save(self, draft: EntryDraft) -> EntryDraft | None:
        self.seen.append(draft)
        title = draft.data["title"]
        if title == "damn":
            raise Reject.field("/data/title", "rude", "mind your language")
        if title == "wrong":
            return evolve(draft, data={**draft.data, "stars": "many", "more": 1})
        if title == "break":
            raise RuntimeError
        return evolve(draft, data={**draft.data, "title": title.upper()}) if title else None

    @hookimpl
    def content_after_save(self, event: EntryEvent) -> None:
        self.seen.append(event)


async def shouting(open_site: Any) -> Site:
    site: Site = await open_site(Shouting.manifest)
    await site.type("post", TITLE, SLUG, field("stars", "integer"))
    return site


async def test_a_plugin_changes_what_is_saved(open_site: Any) -> None:
    site = await shouting(open_site)
    made = await site.create("post", title="Hello", stars=1)
    await site.app.settle()
    assert made.data == {"title": "HELLO", "slug": "hello", "stars": 1}
    draft, event = Shouting.seen
    assert isinstance(draft, EntryDraft)
    assert (draft.created, draft.before, draft.locale, draft.data["title"]) == (True, None, "en", "Hello")
    assert event == EntryEvent(type="post", id=made.id, space="main", revision=1, locale="en")
    await site.update(made, locale="*", title={"de": "Hallo", "fr": "Salut"})
    drafts = [one for one in Shouting.seen[2:] if isinstance(one, EntryDraft)]
    assert [(one.locale, one.data["title"], one.created) for one in drafts] == [
        ("de", "Hallo", False),
        ("fr", "Salut", False),
    ]
    assert (await site.get(made, locale="*")).data["title"] == {"en": "HELLO", "de": "HALLO", "fr": "SALUT"}


async def test_a_plugin_refuses(open_site: Any) -> None:
    site = await shouting(open_site)
    expected: Mapping[str, set[tuple[str, str]]] = {
        "damn": {("/data/title", "rude")},
        "wrong": {("/data/stars", "type"), ("/data/more", "unknown")},
    }
    for title, problems in expected.items():
        with pytest.raises(Reject) as caught:
            await site.create("post", title=title)
        assert pointers(caught.value) == problems
    with pytest.raises(Exception, match="shouting"):
        await site.create("post", title="break")
    await site.app.settle()
    assert await site.rows("select id from content_entries") == []
    assert not any(isinstance(one, EntryEvent) for one in Shouting.seen)


async def test_every_write_leaves_its_trail(posts: Site) -> None:
    posts.audit.clear()
    made = await posts.create("post", title="One", stars=1)
    await posts.update(made, stars=2)
    create, update = posts.audit
    assert (create.operation, create.changes[0].entity, create.changes[0].id) == ("content.create", "entry", made.id)
    assert create.changes[0].before is None
    assert create.changes[0].after == {
        "type": "post",
        "revision": 1,
        "data": {"title": {"en": "One"}, "slug": {"en": "one"}, "stars": 1},
    }
    assert update.changes[0].before == {"type": "post", "revision": 1, "data": {"stars": 1}}
    assert update.changes[0].after == {"type": "post", "revision": 2, "data": {"stars": 2}}
