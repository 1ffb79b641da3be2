"""Locales: always one default, no circles, and drafts that can be sorted in each."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.site import Site, pointers

from newel import Conflict, Malformed, NotFound, Reject
from newel.testing.engines import current


async def test_the_first_start_writes_those_of_the_configuration(open_site: Any, tmp_path: Any) -> None:
    url = current.engine.lasting(tmp_path)
    site = await open_site(database=url)
    listed = (await site.run("locales.list")).data
    assert [(one.code, one.default) for one in listed] == [("en", True), ("de", False), ("fr", False)]
    await site.run("locales.delete", code="fr")
    other = await open_site(database=url, config={"locales": ["it"]})
    assert [one.code for one in (await other.run("locales.list")).data] == ["en", "de"]


async def test_add_change_delete(site: Site) -> None:
    made = await site.run("locales.create", code="pt-BR", label="Português", fallback="en")
    assert (made.code, made.fallback, made.enabled, made.default) == ("pt-BR", "en", True, False)
    with pytest.raises(Conflict):
        await site.run("locales.create", code="pt-br")
    assert (await site.run("locales.update", code="pt-BR", fallback="")).fallback is None
    await site.run("locales.delete", code="pt-BR")
    with pytest.raises(NotFound):
        await site.run("locales.update", code="pt-BR", label="x")
    with pytest.raises(Reject):
        await site.run("locales.create", code="no_such")


async def test_one_default(site: Site) -> None:
    for verb, more in {"delete": {}, "update": {"default": False}}.items():
        with pytest.raises(Conflict) as caught:
            await site.run(f"locales.{verb}", code="en", **more)
        assert caught.value.reason == "default_locale"
    with pytest.raises(Reject):
        await site.run("locales.update", code="en", enabled=False)
    await site.run("locales.update", code="de", default=True)
    await site.run("locales.create", code="it", default=True)
    listed = (await site.run("locales.list")).data
    assert [one.code for one in listed if one.default] == ["it"]
    assert listed[0].code == "it"


async def test_no_circles(site: Site) -> None:
    await site.run("locales.update", code="de", fallback="en")
    await site.run("locales.update", code="fr", fallback="de")
    for code, fallback in (("en", "fr"), ("en", "en"), ("en", "xx")):
        with pytest.raises(Reject) as caught:
            await site.run("locales.update", code=code, fallback=fallback)
        assert {pointer for pointer, _ in pointers(caught.value)} == {"/fallback"}
    with pytest.raises(Conflict):
        await site.run("locales.delete", code="de")


async def test_a_used_locale_stays(posts: Site) -> None:
    made = await posts.create("post", locale="fr", title="Un")
    with pytest.raises(Conflict) as caught:
        await posts.run("locales.delete", code="fr")
    assert caught.value.reason == "in_use"
    await posts.run("locales.update", code="fr", enabled=False)
    with pytest.raises(Malformed):
        await posts.update(made, locale="fr", title="Deux")
    await posts.run("locales.update", code="fr", enabled=True)
    await posts.update(made, locale="fr", title=None, slug=None)
    await posts.run("locales.delete", code="fr")


async def test_drafts_have_index_rows_in_a_new_locale(posts: Site) -> None:
    await posts.create("post", title="One")
    await posts.run("locales.create", code="it")
    rows = await posts.rows("select field, sort_key from content_index where locale = 'it' order by field")
    assert rows == [{"field": 1, "sort_key": None}, {"field": 2, "sort_key": None}]
    await posts.run("locales.delete", code="it")
    assert await posts.rows("select * from content_index where locale = 'it'") == []
