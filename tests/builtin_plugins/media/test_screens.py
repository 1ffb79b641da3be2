"""The library in the terminal admin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.content.hand import Hand
from tests.builtin_plugins.media.pointing import FakeContent
from tests.builtin_plugins.media.site import Site, image, site

from newel import Forbidden, NotFound
from newel.contracts.layout import Grid, Picture
from newel.contracts.tui import Done, Key
from newel.contracts.views import Form, Sheet
from newel.screens import Screens
from newel.testing import actor

pytestmark = pytest.mark.engines("sqlite")
"""Screens speak in operations only, and those are tried on every engine by the other tests."""
VIEWER = actor("viewer", "media.read")


@pytest.fixture
async def at() -> AsyncIterator[Site]:
    async with site(FakeContent.manifest) as opened:
        yield opened


def hand(at: Site, who: Any = None) -> Hand:
    return Hand(at.app, who, "media")


def picture(view: Any) -> Picture:
    """The first one on a grid."""
    grid = view.grid if isinstance(view, Sheet) else view
    assert isinstance(grid, Grid)
    found = grid.columns[0].cells[0].content
    assert isinstance(found, Picture)
    return found


async def test_the_library_is_listed_with_what_is_told_of_a_file(at: Site) -> None:
    await at.upload(image(40, 20), "cat.png", tags=("pets",))
    await at.upload(b"words", "a.txt")
    one = await hand(at).open("library")
    rows = await one.rows()
    assert {row["name"] for row in rows} == {"cat.png", "a.txt"}
    for column in (*one.listing.columns, *one.listing.details):
        assert column.value in rows[0], column.value
    known = {field.name for field in at.app.operations.get("media.list").input.__attrs_attrs__}
    assert {one.listing.search, *one.listing.filters} <= known


async def test_files_are_marked_and_moved_tagged_and_deleted_together(at: Site) -> None:
    first, second = await at.upload(image(10, 10), "a.png"), await at.upload(image(20, 20), "b.png")
    folder = await at.run("media.create_folder", name="Trips")
    one = await hand(at).open("library")
    rows = await one.rows()
    await one.act("move", *rows)
    assert one.listing.title == "Move 2 files into which folder?"
    assert [row["path"] for row in await one.rows()] == ["/", "/Trips"]
    await one.act("move_here", await one.row(path="/Trips"))
    assert one.terminal.toasts[-1].message == "moved: 2"
    assert one.listing.title == "Media"
    await one.act("tag", *rows)
    assert not await one.save(add=["summer"])
    for id in (first.id, second.id):
        asset = await at.run("media.get", id=id)
        assert (asset.folder, asset.tags) == (folder.id, ("summer",))
    content: Any = at.app.plugins["pointing"]
    content.pointing[first.id] = ["e1"]
    delete = next(act for act in one.listing.acts if act.name == "delete")
    assert (delete.bulk, delete.many) == ("ids", True)
    answer = await at.run("media.remove", ids=[first.id, second.id])
    await one.terminal.send(Done(act="delete", answer=at.app.structurer.unstructure(answer)))
    assert one.terminal.toasts[-1].message == "delete: 1 of 2 done; content points at it (w shows where)"
    here = await hand(at).open("library", folder=folder.id)
    assert here.listing.title == "Media: /Trips"
    assert [row["name"] for row in await here.rows()] == ["a.png"]
    uses = await hand(at).open("uses", id=first.id)
    assert [row["entry"] for row in await uses.rows()] == ["e1"]


async def test_texts_are_edited_in_all_languages(at: Site) -> None:
    stored = await at.upload(image(), alt={"en": "A cat"})
    one = await hand(at).open("library")
    await one.act("describe", *(await one.rows()))
    assert isinstance(one.view, Form)
    assert one.view.locales == ("en",)
    assert not await one.save(alt={"en": "A black cat", "de": "Eine Katze"}, title="Cat", name="kitty")
    asset = await at.run("media.get", id=stored.id)
    assert (asset.name, asset.title, asset.alt) == ("kitty.png", "Cat", {"en": "A black cat", "de": "Eine Katze"})


async def test_a_file_is_shown_with_its_picture_and_where_it_is_used(at: Site) -> None:
    stored = await at.upload(image(600, 400), alt={"en": "A cat"})
    content: Any = at.app.plugins["pointing"]
    content.pointing[stored.id] = ["e1"]
    one = await hand(at).open("asset", id=stored.id)
    assert picture(one.view).width == 80 * 5 // 12 - 4
    for told in ("image/png", "600 x 400 pixels", "A cat", "post e1 (cover)"):
        assert told in one.sheet
    await one.terminal.resize(200, 60)
    assert picture(one.view).width == 200 * 5 // 12 - 4
    sharp = hand(at)
    sharp.terminal.cell = (10, 20)  # the terminal shows the picture itself
    await sharp.open("asset", id=stored.id)
    assert picture(sharp.view).width == (80 * 5 // 12 - 4) * 10
    await sharp.terminal.resize(200, 60)
    assert picture(sharp.view).width == 384
    text = await at.upload(b"words", "a.txt")
    other = await hand(at).open("asset", id=text.id)
    assert "no picture can be made of this file" in other.sheet
    assert not {"focal", "similar"} & other.offered()
    with pytest.raises(NotFound):
        await hand(at).open("asset")


async def test_the_focal_point_is_moved_with_the_arrows_and_kept_with_enter(at: Site) -> None:
    stored = await at.upload(image(300, 200, salient={"x": 0.5, "y": 0.5}))
    one = await hand(at).open("asset", id=stored.id)
    await one.act("focal")
    for key in ("right", "right", "shift+up", "j", "h"):
        await one.terminal.send(Key(key))
    assert picture(one.view).mark == pytest.approx((0.52, 0.42))
    await one.terminal.send(Key("enter"))
    asset = await at.run("media.get", id=stored.id)
    assert (asset.focal.x, asset.focal.y, asset.focal_by_hand) == (0.52, 0.42, True)
    assert picture(one.view).mark == (0.52, 0.42)
    await one.act("focal")
    for key in ["shift+left"] * 12:
        await one.terminal.send(Key(key))
    assert picture(one.view).mark == pytest.approx((0, 0.42))
    await one.terminal.send(Key("esc"))
    assert isinstance(one.view, Sheet)
    await one.act("focal")
    await one.terminal.send(Key("0"))
    assert not (await at.run("media.get", id=stored.id)).focal_by_hand


async def test_folders_are_a_tree_in_which_they_are_made_moved_and_deleted(at: Site) -> None:
    one = await hand(at).open("folders")
    await one.act("new_top", name="Trips")
    trips = await one.row(name="Trips")
    await one.act("new", trips, name="Oslo")
    await one.act("new_top", name="Home")
    await one.act("move", await one.row(name="Home"))
    assert {row["path"] for row in await one.rows()} == {"/", "/Trips", "/Trips/Oslo"}
    await one.act("move_here", await one.row(path="/Trips"))
    assert one.terminal.toasts[-1].message == "it is /Trips/Home now"
    [trips] = await one.rows()
    assert trips["folders"] == 2
    await one.act("rename", trips, name="Travels")
    for row in (await at.run("media.folders"))[::-1]:
        await one.act("delete", {"id": row.id})
    assert await one.rows() == []


async def test_presets_usage_and_health(at: Site) -> None:
    stored = await at.upload(image(300, 200))
    one = await hand(at).open("presets")
    await one.act("new", name="card", width=100)
    card = await one.row(name="card")
    assert card["width"] == 100
    await one.act("edit", card, **{name: card[name] for name in ("fit", "format")}, width=120)
    assert (await one.row(name="card"))["width"] == 120
    await one.act("reprocess", await one.row(name="card"))
    await one.act("delete", await one.row(name="card"))
    usage = await hand(at).open("usage")
    assert "admin" in usage.sheet
    assert "image" in usage.sheet
    health = await hand(at).open("health")
    assert "healthy" in health.sheet
    answer = await health.act("rehearse")
    assert answer["dry_run"]
    assert stored.id


async def test_a_viewer_is_offered_what_a_viewer_may(at: Site) -> None:
    stored = await at.upload(image())
    one = await hand(at, VIEWER).open("library")
    assert one.offered() == {"open", "uses", "similar", "folders"}
    asset = await hand(at, VIEWER).open("asset", id=stored.id)
    assert asset.offered() == {"uses", "similar"}
    with pytest.raises(Forbidden):
        await hand(at, VIEWER).open("health")
    menu = {name for _, name in Screens(at.app).menu(at.call(VIEWER))}
    assert menu >= {"library", "folders", "presets", "usage"}
    assert "health" not in menu
