"""Several writers at once: nothing is lost, nothing unique is there twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, pointers

from newel import Conflict, PreconditionFailed, PreconditionRequired


async def test_writers_of_different_fields_merge(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=1, text="x")
    await posts.update(made, revision=1, stars=2)
    merged = await posts.update(made, revision=1, text="y")
    assert (merged.data["stars"], merged.data["text"], merged.revision) == (2, "y", 3)
    german = await posts.update(made, revision=1, locale="de", title="Eins")
    assert german.revision == 4, "another locale is another place"


async def test_writers_of_one_field_meet(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=1)
    await posts.update(made, revision=1, stars=2, text="theirs")
    with pytest.raises(PreconditionFailed) as caught:
        await posts.update(made, revision=1, stars=3, title="Mine")
    assert caught.value.extra == {"revision": 2, "fields": ["stars"], "yours": {"stars": 3}, "current": {"stars": 2}}
    with pytest.raises(PreconditionFailed):
        await posts.update(made, revision=1, stars=2)  # the same value: both may have counted one more
    merged = await posts.update(made, revision=1, title="Mine")
    assert (merged.data["stars"], merged.data["title"]) == (2, "Mine")
    with pytest.raises(PreconditionFailed):
        await posts.on("replace", made, revision=1, data={"title": "All mine"})
    with pytest.raises(PreconditionFailed):
        await posts.update(made, revision=99, stars=7)


async def test_the_base_can_be_asked_for(open_site: Any) -> None:
    site = await open_site(config={"require_if_match": True})
    await site.type("post", TITLE)
    made = await site.create("post", title="One")
    for verb, more in {"update": {"data": {"title": "x"}}, "delete": {}, "publish": {}, "move": {}}.items():
        with pytest.raises(PreconditionRequired):
            await site.on(verb, made, **more)
    assert (await site.update(made, revision=1, title="Two")).revision == 2


async def test_eight_writers_without_a_base_lose_nothing(site: Site) -> None:
    names = [f"f{number}" for number in range(8)]
    await site.type("post", *(field(name, "integer", indexed=True) for name in names))
    made = await site.create("post")
    for turn in range(5):
        await asyncio.gather(*(site.update(made, **{name: turn}) for name in names))
    read = await site.get(made)
    assert read.data == dict.fromkeys(names, 4)
    assert read.revision == 41


async def test_of_two_with_one_base_one_wins(posts: Site) -> None:
    made = await posts.create("post", title="One", stars=0)
    done = await asyncio.gather(
        *(posts.update(made, revision=1, stars=number) for number in (1, 2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Entry", "PreconditionFailed"]


async def test_of_fifty_with_one_slug_one_succeeds(posts: Site) -> None:
    done = await asyncio.gather(
        *(posts.create("post", title=str(number), slug="same") for number in range(50)), return_exceptions=True
    )
    lost = [one for one in done if isinstance(one, Exception)]
    assert len(lost) == 49
    assert {type(one) for one in lost} == {Conflict}
    assert all(pointers(one) == {("/data/slug", "not_unique")} for one in lost)
    assert len(await posts.rows("select id from content_entries")) == 1


async def test_generated_slugs_find_a_free_number(posts: Site) -> None:
    done = await asyncio.gather(*(posts.create("post", title="Untitled") for _ in range(40)))
    expected = {"untitled", *(f"untitled-{number}" for number in range(2, 41))}
    assert {one.data["slug"] for one in done} == expected
    again = await posts.update(done[0], slug=None)
    assert again.data["slug"] in {done[0].data["slug"], "untitled"}


async def test_slugs_are_unique_per_locale_and_type(posts: Site) -> None:
    one = await posts.create("post", title="Same")
    await posts.update(one, locale="de", title="Same")
    assert (await posts.get(one, locale="de")).data["slug"] == "same"
    await posts.type("note", TITLE, SLUG)
    assert (await posts.create("note", title="Same")).data["slug"] == "same"
    two = await posts.create("post", title="Other")
    with pytest.raises(Conflict) as caught:
        await posts.update(two, locale="*", slug={"de": "same", "en": "fine"})
    assert pointers(caught.value) == {("/data/slug/de", "not_unique")}


async def test_a_slug_without_letters_is_the_id(posts: Site) -> None:
    made = await posts.create("post", title="🪜")
    assert made.data["slug"] == made.id.lower()


async def test_unique_fields(site: Site) -> None:
    await site.type("user", field("mail", "email", unique=True), field("number", "integer", unique=True))
    one = await site.create("user", mail="a@example.org", number=1)
    with pytest.raises(Conflict) as caught:
        await site.create("user", mail="A@Example.org", number=1)
    assert pointers(caught.value) == {("/data/mail", "not_unique"), ("/data/number", "not_unique")}
    await site.create("user")
    await site.create("user")
    await site.update(one, mail=None)
    await site.create("user", mail="a@example.org")
