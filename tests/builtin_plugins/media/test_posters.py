"""Films and documents have sources too where something can make a picture of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.served import Served, first, served
from tests.builtin_plugins.media.site import FakeImages
from tests.builtin_plugins.media.test_serving_files import MP4
from tests.builtin_plugins.media.test_storing import PDF

from newel.contracts.blobs import Blobs
from newel.contracts.database import Database


@pytest.fixture
async def library(engine: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(FakeImages, "posters", frozenset({"video/mp4", "application/pdf"}))
    async with served() as made:
        yield made


@pytest.mark.parametrize(("data", "name"), [(MP4, "a.mp4"), (PDF, "a.pdf")])
async def test_renditions_are_made_of_the_poster(library: Served, data: bytes, name: str) -> None:
    stored = await library.upload(data, name)
    assert (stored.status, stored.sources) == ("pending", ())
    await library.settle()
    shown = await library.shown(stored.id)
    assert [one["type"] for one in shown["sources"]] == ["image/avif", "image/webp", "image/jpeg"]
    assert shown["sources"][0]["srcset"].endswith(" 640w"), "as wide as the poster"
    assert shown["presets"]["thumb"]["width"] == 320
    assert (await library.get(first(shown))).status == 200
    assert (await library.get(f"/media/{stored.id}/thumb.webp")).status == 302
    signed = await library.run("media.sign_transform", id=stored.id, width=50)
    assert (await library.get(signed.url)).headers["Content-Type"] == "image/webp"
    assert (await library.get(shown["url"])).body == data


async def test_it_is_made_once(library: Served) -> None:
    await library.upload(MP4, "a.mp4")
    await library.settle()
    await library.upload(MP4, "b.mp4")
    await library.settle()
    assert [row["preset"] for row in await library.rows("renditions")].count("~poster") == 1
    assert len(library.images.rendered) == 1
    assert [row["status"] for row in await library.rows("assets")] == ["ready", "ready"]


@pytest.mark.parametrize(("word", "status"), [(b"silence", "none"), (b"broken", "failed")])
async def test_without_a_poster_there_are_no_sources(library: Served, word: bytes, status: str) -> None:
    stored = await library.upload(MP4 + word, "a.mp4")
    await library.settle()
    assert [row["status"] for row in await library.rows("assets")] == [status]
    assert (await library.shown(stored.id))["sources"] == []
    assert await library.code(f"/media/{stored.id}/thumb.webp") == (404, "cannot_render")
    assert (await library.get(stored.url, Range="bytes=0-9")).status == 206


async def test_a_preset_that_comes_later_reaches_films(library: Served) -> None:
    stored = await library.upload(MP4, "a.mp4")
    await library.settle()
    await library.run("media.put_preset", name="wide", width=600, height=100, fit="cover")
    await library.settle()
    assert first(await library.shown(stored.id), "wide").endswith("/wide.avif")


async def test_posters_and_transforms_are_not_retired(library: Served) -> None:
    stored = await library.upload(MP4, "a.mp4")
    await library.settle()
    signed = await library.run("media.sign_transform", id=stored.id, width=50)
    await library.get(signed.url)
    await library.app.need(Database).execute("UPDATE media_renditions SET created_at = '2029'")
    await library.run("jobs.enqueue", kind="media.retire")
    await library.settle()
    assert {row["preset"] for row in await library.rows("renditions")} >= {"~poster", "~transform", "thumb"}


async def test_a_poster_of_a_private_film_is_private(library: Served) -> None:
    stored = await library.upload(MP4, "a.mp4", private=True)
    await library.settle()
    url = first(await library.shown(stored.id))
    assert (await library.get(url)).status == 200
    assert (await library.get(url.partition("?")[0])).status == 403


async def test_presets_and_reprocessing_are_about_films_too(library: Served) -> None:
    stored = await library.upload(MP4, "a.mp4")
    await library.settle()
    await library.run("media.put_preset", name="card", width=40, format="webp")
    await library.settle()
    assert (await library.shown(stored.id))["presets"]["card"]["width"] == 40
    keys = await library.keys()
    await library.app.need(Blobs).delete(*[key for key in keys if key.startswith("renditions/")])
    await library.run("media.reprocess", missing=True)
    await library.settle()
    assert await library.keys() == keys, "the poster, and what was made of it"
