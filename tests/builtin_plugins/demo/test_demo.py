"""The demonstration: an empty site is filled whole or not at all, and a site with content is left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.content.site import ADMIN, Site

from newel import Conflict, Forbidden, Manifest, Reject, hookimpl
from newel.contracts.content import EntryEvent
from newel.errors import BootError
from newel.testing import actor, make_app
from newel.testing.engines import LASTING
from newel_demo import magazine

CONTENT = ("database", "migrations", "content")
FILE = LASTING


class Grumpy:
    """Refuses to publish anything in German, in the middle of the filling."""

    manifest = Manifest(name="grumpy", summary="A plugin of these tests.", load=f"{__name__}:Grumpy")

    def __init__(self, app: Any) -> None: ...

    @hookimpl
    def content_before_publish(self, event: EntryEvent) -> None:
        if event.locale == "de":
            raise Reject("not in German", code="rude")


@asynccontextmanager
async def opened(folder: Path, *plugins: Any) -> AsyncIterator[Site]:
    async with make_app([*CONTENT, *plugins], FILE, folder=folder) as app:
        yield Site(app)


async def types(site: Site) -> set[str]:
    return {one.name for one in (await site.run("types.list")).data}


async def test_an_empty_site_is_filled_at_its_start(tmp_path: Path) -> None:
    async with opened(tmp_path, "demo") as site:
        assert await types(site) == {one["name"] for one in magazine.TYPES}
        assert {one.code for one in (await site.run("locales.list")).data} == {"en", "de"}
        posts = await site.run("content.list", type="post", status="published", locale="de", sort=["-date"])
        assert [one.data["date"] for one in posts.data][:2] == ["2026-07-15", "2026-06-07"]
        for kind in {item.type for item in magazine.ENTRIES}:
            found = (await site.run("content.list", type=kind, limit=100)).data
            wanted = [item for item in magazine.ENTRIES if item.type == kind]
            assert len(found) == len(wanted)
            states = sorted(sorted(code for code, state in one.state.items() if state == "published") for one in found)
            assert states == sorted(sorted(item.data) for item in wanted)


async def test_filling_twice_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, "demo") as site:
        rows = await site.rows("select count(*) as n from content_entries")
        with pytest.raises(Conflict, match="the site has content already"):
            await site.run("demo.fill")
        assert await site.rows("select count(*) as n from content_entries") == rows
    async with opened(tmp_path, "demo") as site:
        assert await site.rows("select count(*) as n from content_entries") == rows


async def test_a_site_with_content_is_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        await site.type("note", {"name": "title", "type": "text"})
    async with opened(tmp_path, "demo") as site:
        assert await types(site) == {"note"}


async def test_it_is_filled_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="not in German"):
        async with opened(tmp_path, "demo", Grumpy.manifest):
            pass
    async with opened(tmp_path) as site:
        assert await types(site) == set()
        assert {one.code for one in (await site.run("locales.list")).data} == {"en"}


async def test_filling_by_hand_needs_its_permission_and_tells_what_was_written(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        await site.type("note", {"name": "title", "type": "text"})
    async with opened(tmp_path, "demo") as site:
        await site.run("types.delete", name="note")
        with pytest.raises(Forbidden):
            await site.run("demo.fill", actor("editor", "content.create", "content.types", "content.publish"))
        filled = await site.run("demo.fill", ADMIN)
        assert (filled.types, filled.entries) == (len(magazine.TYPES), len(magazine.ENTRIES))
