"""Which locale answers for which, in lists and for single entries."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.site import TITLE, Site, field

from newel.contracts.content import ListQuery


@pytest.fixture
async def notes(site: Site) -> Site:
    """``fr`` falls back to ``de``, that to ``en``. Three notes: published in en; in en and de; in all."""
    await site.run("locales.update", code="de", fallback="en")
    await site.run("locales.update", code="fr", fallback="de")
    await site.type("note", TITLE, field("text", localized=True, indexed=True), field("stars", "integer", indexed=True))
    for codes in (("en",), ("en", "de"), ("en", "de", "fr")):
        made = await site.create("note", title=f"{len(codes)} en", text="en", stars=1)
        await site.on("publish", made, locale="en")
        made = await site.update(made, stars=None)
        for code in codes[1:]:
            made = await site.update(made, locale=code, title=f"{len(codes)} {code}")
            await site.on("publish", made, locale=code)
    return site


async def shown(site: Site, locale: str, **more: Any) -> list[Any]:
    query = ListQuery(type="note", locale=locale, sort=more.pop("sort", ("id",)), **more)
    page = await site.app.plugins["content"].reader.list_published(query)  # type: ignore[attr-defined]  # the plugin's own
    single = site.app.plugins["content"].reader.get_published  # type: ignore[attr-defined]  # the plugin's own
    for entry in page.data:
        assert await single("note", entry.id, query) == entry, "alone it is what it is in a list"
    return [(entry.locale, entry.data["title"]) for entry in page.data]


async def test_the_nearest_locale_answers(notes: Site) -> None:
    assert await shown(notes, "fr") == [("en", "1 en"), ("de", "2 de"), ("fr", "3 fr")]
    assert await shown(notes, "de") == [("en", "1 en"), ("de", "2 de"), ("de", "3 de")]
    assert await shown(notes, "en") == [("en", "1 en"), ("en", "2 en"), ("en", "3 en")]


async def test_without_fallback_only_the_locale_itself(notes: Site) -> None:
    assert await shown(notes, "fr", fallback=False) == [("fr", "3 fr")]
    assert await shown(notes, "de", fallback=False) == [("de", "2 de"), ("de", "3 de")]


async def test_a_locale_that_is_off_stands_in_for_none(notes: Site) -> None:
    await notes.run("locales.update", code="de", enabled=False)
    assert await shown(notes, "fr") == [("en", "1 en"), ("en", "2 en"), ("fr", "3 fr")]


async def test_filters_see_what_is_answered(notes: Site) -> None:
    assert await shown(notes, "fr", filter={"title": "2 en"}) == []
    assert await shown(notes, "fr", filter={"title": "2 de"}) == [("de", "2 de")]


async def test_gaps_are_filled_where_a_field_is_localised(notes: Site) -> None:
    """A missing text comes from the next locale that has one; the shared stars are those of the snapshot."""
    reader = notes.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    page = await reader.list_published(ListQuery(type="note", locale="fr", sort=("id",)))
    assert [entry.data["text"] for entry in page.data] == ["en", "en", "en"]
    assert [entry.data["stars"] for entry in page.data] == [1, None, None]
    page = await reader.list_published(ListQuery(type="note", locale="fr", sort=("id",), fallback=False))
    assert [entry.data["text"] for entry in page.data] == [None]
