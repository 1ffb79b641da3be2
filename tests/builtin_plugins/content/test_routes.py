"""Paths: made of slugs, moved with redirects, never two pages at one."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.site import Site, field

from newel import Conflict


async def published(site: Site, title: str, parent: Any = None, **more: Any) -> Any:
    made = await site.create("page", parent=parent.id if parent else None, title=title, **more)
    return await site.on("publish", made)


async def test_paths_of_a_tree(pages: Site) -> None:
    home = await published(pages, "Home", slug="index")
    about = await published(pages, "About us")
    team = await published(pages, "Team", about)
    assert (home.path, about.path, team.path) == ("/", "/about-us", "/about-us/team")
    assert await pages.routes() == {"": home.id, "about-us": about.id, "about-us/team": team.id}
    assert (await published(pages, "Index")).path == "/index-page", "nobody becomes the home page unasked"


async def test_a_new_slug_moves_all_below_and_leaves_redirects(pages: Site) -> None:
    about = await published(pages, "About")
    team = await published(pages, "Team", about)
    await pages.update(about, slug="us")
    assert await pages.routes() == {"about": about.id, "about/team": team.id}, "not before it is published"
    await pages.on("publish", about)
    assert await pages.routes() == {
        "us": about.id,
        "us/team": team.id,
        "about": "→ /us",
        "about/team": "→ /us/team",
    }
    await pages.update(about, slug="we")
    await pages.on("publish", about)
    routes = await pages.routes()
    assert {path: routes[path] for path in ("about", "us", "about/team")} == {
        "about": "→ /we",
        "us": "→ /we",
        "about/team": "→ /we/team",
    }, "old addresses lead straight to the new one"
    await pages.update(about, slug="about")
    await pages.on("publish", about)
    routes = await pages.routes()
    assert (routes["about"], routes["us"], routes["we"]) == (about.id, "→ /about", "→ /about")


async def test_a_page_takes_the_place_of_a_redirect(pages: Site) -> None:
    first = await published(pages, "One")
    await pages.update(first, slug="other")
    await pages.on("publish", first)
    assert (await pages.routes())["one"] == "→ /other"
    second = await published(pages, "One")
    assert second.path == "/one"
    assert await pages.routes() == {"other": first.id, "one": second.id}


async def test_the_slug_of_an_unpublished_parent_counts(pages: Site) -> None:
    draft = await pages.create("page", title="Draft")
    child = await published(pages, "Child", draft)
    assert child.path == "/draft/child"
    await pages.update(draft, slug="hidden")
    assert await pages.routes() == {"hidden/child": child.id, "draft/child": "→ /hidden/child"}


async def test_each_locale_has_its_paths(pages: Site) -> None:
    about = await pages.create("page", locale="*", title={"en": "About", "de": "Über uns"})
    team = await pages.create("page", parent=about.id, locale="*", title={"en": "Team", "de": "Leute", "fr": "Equipe"})
    for entry in (about, team):
        await pages.on("publish", entry, locale="*")
    assert await pages.routes("de") == {"uber-uns": about.id, "uber-uns/leute": team.id}
    assert await pages.routes("fr") == {"about/equipe": team.id}, "the default locale's slug fills the gap"
    await pages.on("unpublish", about, locale="de")
    assert await pages.routes("de") == {"uber-uns/leute": team.id}
    assert await pages.routes() == {"about": about.id, "about/team": team.id}


async def test_moving_moves_the_paths(pages: Site) -> None:
    one, two = await published(pages, "One"), await published(pages, "Two")
    child = await published(pages, "Child", one)
    deep = await published(pages, "Deep", child)
    moved = await pages.on("move", child, parent=two.id)
    assert (moved.path, moved.parent) == ("/two/child", two.id)
    routes = await pages.routes()
    assert (routes["one/child"], routes["one/child/deep"]) == ("→ /two/child", "→ /two/child/deep")
    assert routes["two/child/deep"] == deep.id
    await pages.on("move", child, top=True)
    assert (await pages.routes())["child/deep"] == deep.id


async def test_siblings_share_no_slug(pages: Site) -> None:
    await pages.type("other", field("slug", "slug"), kind="page")
    one = await published(pages, "One")
    below = await published(pages, "One", one)
    assert below.path == "/one/one"
    with pytest.raises(Conflict) as caught:
        await pages.create("page", title="Again", slug="one")
    assert caught.value.reason == "not_unique"
    with pytest.raises(Conflict):
        await pages.on("move", below, top=True)
    made = await pages.create("other", slug="one", locale=None)
    with pytest.raises(Conflict) as caught:
        await pages.on("publish", made)
    assert caught.value.reason == "not_unique"


async def test_the_trash_has_no_paths(pages: Site) -> None:
    one = await published(pages, "One")
    await pages.update(one, slug="two")
    await pages.on("publish", one)
    await pages.on("delete", one)
    assert await pages.routes() == {}
    assert (await published(pages, "Two")).path == "/two"


async def test_a_path_has_an_end(pages: Site) -> None:
    parent = None
    for _ in range(3):
        parent = await published(pages, "x" * 150, parent)
    last = await pages.create("page", parent=parent.id, title="y" * 150)
    with pytest.raises(Conflict) as caught:
        await pages.on("publish", last)
    assert caught.value.reason == "path_too_long"
