"""Publishing: readers see whole versions; one locale never touches another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, pointers

from newel import Conflict, Manifest, NotFound, PreconditionFailed, Reject, hookimpl
from newel.contracts.content import EntryEvent


async def seen(site: Site, entry: Any, locale: str = "en") -> dict[str, Any] | None:
    try:
        found = await site.get(entry, status="published", locale=locale)
    except NotFound:
        return None
    data: dict[str, Any] = found.data
    return data


async def test_readers_see_what_was_published(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=1)
    assert await seen(posts, made) is None
    published = await posts.on("publish", made)
    assert published.state == {"en": "published", "de": "draft", "fr": "draft"}
    assert (published.revision, published.published_at is not None) == (2, True)
    changed = await posts.update(made, stars=2)
    assert changed.state["en"] == "changed"
    assert await seen(posts, made) == {"title": "One", "slug": "one", "stars": 1, "text": None}
    back = await posts.update(made, stars=1)
    assert back.state["en"] == "published", "the draft is what readers see again"
    await posts.update(made, stars=3)
    await posts.on("publish", made)
    assert (await seen(posts, made) or {})["stars"] == 3
    found = await posts.get(made, status="published")
    assert (found.revision, found.state, found.locale) == (2, {}, "en"), "the revision of a snapshot is its version"


async def test_required_fields_are_needed_for_publishing_only(site: Site) -> None:
    await site.type("quote", field("text", required=True), kind="block")
    await site.type("post", TITLE, field("tags", "tags", required=True), field("body", "blocks"))
    made = await site.create("post", body=[{"type": "quote"}], tags=[])
    with pytest.raises(Reject) as caught:
        await site.on("publish", made)
    assert pointers(caught.value) == {
        ("/data/title", "required"),
        ("/data/tags", "required"),
        ("/data/body/0/data/text", "required"),
    }
    assert await site.rows("select * from content_versions") == []


async def test_publishing_twice_is_once(posts: Site) -> None:
    made = await posts.create("post", title="One")
    first = await posts.on("publish", made)
    assert await posts.on("publish", made) == first
    assert len(await posts.rows("select * from content_versions")) == 1


async def test_one_locale_never_touches_another(posts: Site) -> None:
    made = await posts.create("post", locale="*", title={"en": "One", "de": "Eins"}, stars=1)
    await posts.on("publish", made, locale="*")

    async def german() -> list[Any]:
        statements = (
            "select * from content_published where locale = 'de'",
            "select * from content_versions where locale = 'de' order by number",
            "select * from content_index where locale = 'de' and stage = 'published' order by field",
        )
        return [await posts.rows(statement) for statement in statements]

    before = await german()
    assert all(before)
    await posts.update(made, stars=2, title="Two")
    await posts.on("publish", made)
    assert await german() == before
    answer = await posts.on("unpublish", made)
    assert answer.state == {"en": "draft", "de": "changed", "fr": "draft"}
    assert await german() == before
    assert await seen(posts, made) is None
    assert (await seen(posts, made, "de") or {})["title"] == "Eins"


async def test_every_locale_with_content(posts: Site) -> None:
    made = await posts.create("post", locale="*", title={"en": "One", "fr": "Un"})
    answer = await posts.on("publish", made, locale="*")
    assert answer.state == {"en": "published", "de": "draft", "fr": "published"}
    assert (await posts.on("unpublish", made, locale="*")).state == dict.fromkeys(("en", "de", "fr"), "draft")


async def test_first_published_stays(posts: Site) -> None:
    made = await posts.create("post", title="One")
    await posts.on("publish", made)
    (first,) = await posts.rows("select first_published_at from content_published")
    await posts.on("unpublish", made)
    await posts.update(made, stars=1)
    await posts.on("publish", made)
    assert await posts.rows("select first_published_at from content_published") == [first]


async def test_based_on_a_revision(posts: Site) -> None:
    made = await posts.create("post", locale="*", title={"en": "One", "de": "Eins"})
    await posts.on("publish", made, revision=1)
    await posts.on("publish", made, revision=1, locale="de")
    await posts.update(made, stars=1)
    with pytest.raises(PreconditionFailed):
        await posts.on("publish", made, revision=1)


async def test_published_slugs_are_unique_too(posts: Site) -> None:
    one = await posts.create("post", title="One", slug="x")
    await posts.on("publish", one)
    await posts.update(one, slug="y")
    two = await posts.create("post", title="Two", slug="x")
    with pytest.raises(Conflict) as caught:
        await posts.on("publish", two)
    assert pointers(caught.value) == {("/data/slug", "not_unique")}
    await posts.on("publish", one)
    await posts.on("publish", two)


async def test_readers_see_the_old_or_the_new(site: Site) -> None:
    names = [f"f{number}" for number in range(10)]
    await site.type("post", *(field(name, "integer", indexed=True) for name in names))
    made = await site.create("post", **dict.fromkeys(names, 0))
    await site.on("publish", made)
    done = False

    async def write() -> None:
        nonlocal done
        for turn in range(1, 25):
            await site.update(made, **dict.fromkeys(names, turn))
            await site.on("publish", made)
        done = True

    async def read() -> int:
        looked = 0
        while not done:
            data = await seen(site, made)
            assert data is not None
            assert len(set(data.values())) == 1
            looked += 1
            await asyncio.sleep(0)  # SQLite answers within the loop, and the one who writes would starve
        return looked

    looks = await asyncio.gather(write(), read(), read())
    assert sum(look or 0 for look in looks[1:]) > 10


async def test_needed_by_published_entries(site: Site) -> None:
    await site.type("tag", TITLE)
    await site.type("post", field("tag", "reference"))
    tag = await site.create("tag", title="Wood")
    post = await site.create("post", tag=tag.id)
    await site.on("publish", tag)
    await site.on("publish", post)
    with pytest.raises(Conflict) as caught:
        await site.on("unpublish", tag)
    assert [(use["id"], use["field"], use["stage"]) for use in caught.value.extra["used_by"]] == [
        (post.id, "tag", "published")
    ]
    await site.on("unpublish", tag, force=True)


async def test_descendants(pages: Site) -> None:
    top = await pages.create("page", title="Top")
    below = await pages.create("page", parent=top.id, title="Below")
    german = await pages.create("page", parent=top.id, locale="de", title="Nur deutsch")
    deep = await pages.create("page", parent=below.id, title="Deep")
    await pages.on("publish", top, descendants=True)
    assert await pages.routes() == {"top": top.id, "top/below": below.id, "top/below/deep": deep.id}
    assert await seen(pages, german) is None
    await pages.on("unpublish", below, descendants=True)
    assert await pages.routes() == {"top": top.id}


async def test_descendants_all_or_nothing(pages: Site) -> None:
    top = await pages.create("page", title="Top")
    await pages.create("page", parent=top.id, slug="no-title")
    with pytest.raises(Reject) as caught:
        await pages.on("publish", top, descendants=True)
    assert pointers(caught.value) == {("/data/title", "required")}
    assert await pages.rows("select * from content_published") == []


async def test_versions(open_site: Any) -> None:
    site = await open_site(config={"keep_versions": 3})
    await site.type("post", TITLE, SLUG, field("stars", "integer"))
    made = await site.create("post", title="One", stars=0)
    await site.on("publish", made)
    named = await site.on("snapshot", made, label="before the storm")
    assert (named.number, named.cause, named.label, named.data["stars"]) == (2, "manual", "before the storm", 0)
    for stars in range(1, 7):
        await site.update(made, stars=stars)
        await site.on("snapshot", made)
    listed = (await site.on("versions", made)).data
    assert [one.number for one in listed] == [8, 7, 6, 2, 1], "the newest three, the named and the published"
    assert [one.published for one in listed] == [False, False, False, False, True]
    page = await site.on("versions", made, limit=2)
    assert ([one.number for one in page.data], page.next) == ([8, 7], 7)
    assert [one.number for one in (await site.on("versions", made, limit=2, below=7)).data] == [6, 2]
    assert (await site.on("version", made, number=7)).data["stars"] == 5
    with pytest.raises(NotFound):
        await site.on("version", made, number=3)
    with pytest.raises(NotFound):
        await site.on("version", made, number=7, locale="de")


async def test_restoring_a_version(posts: Site) -> None:
    made = await posts.create("post", locale="*", title={"en": "One", "de": "Eins"}, stars=1)
    await posts.on("publish", made)
    await posts.update(made, title="Two", stars=2, text="more")
    await posts.update(made, locale="de", title="Zwei")
    restored = await posts.on("restore", made, number=1)
    assert restored.data == {"title": "One", "slug": "one", "stars": 1, "text": None}
    assert restored.state["en"] == "published"
    assert (await posts.get(made, locale="de")).data["title"] == "Zwei"
    listed = (await posts.on("versions", made)).data
    assert [(one.number, one.cause) for one in listed] == [(2, "restore"), (1, "publish")]
    with pytest.raises(NotFound):
        await posts.on("restore", made, number=9)


class Listening:
    """Notes what is told about publishing, and refuses what is called "secret"."""

    manifest = Manifest(name="listening", summary="A plugin of these tests.", load=f"{__name__}:Listening")
    told: list[tuple[str, EntryEvent]] = []  # noqa: RUF012 - a plugin of one test

    def __init__(self, app: Any) -> None:
        self.told.clear()

    @hookimpl
    def content_before_publish(self, event: EntryEvent) -> None:
        if event.data is not None and event.data["title"] == "Un":
            raise Reject("not in French", code="rude")

    @hookimpl
    def content_after_publish(self, event: EntryEvent) -> None:
        self.told.append(("publish", event))

    @hookimpl
    def content_after_unpublish(self, event: EntryEvent) -> None:
        self.told.append(("unpublish", event))


async def test_plugins_are_told_after_the_commit(open_site: Any) -> None:
    site = await open_site(Listening.manifest)
    await site.type("page", TITLE, SLUG, kind="page")
    made = await site.create("page", locale="*", title={"en": "One", "fr": "Un"})
    with pytest.raises(Reject, match="French"):
        await site.on("publish", made, locale="*")
    await site.app.settle()
    assert Listening.told == []
    await site.on("publish", made)
    await site.on("unpublish", made)
    await site.app.settle()
    event = EntryEvent(type="page", id=made.id, space="main", revision=2, locale="en", version=1, path="/one")
    assert [verb for verb, _ in Listening.told] == ["publish", "unpublish"]
    assert Listening.told[0][1] == event
    assert (Listening.told[1][1].path, Listening.told[1][1].revision) == ("/one", 3)
    assert [change.entity for change in site.audit[-1].changes] == ["publication"]
