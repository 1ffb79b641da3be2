"""``/media/{asset id}/{preset}.{ext}``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.media.served import Served, first, served
from tests.builtin_plugins.media.site import FakeImages, image

from newel import Manifest, Transient
from newel.app import App
from newel.contracts.database import Database
from newel.testing import FakeClock
from newel.testing.fake_blobs import FakeBlobs

pytestmark = pytest.mark.needs_plugin("http", "jobs")
QUIET = ("database", "migrations", "audit", FakeBlobs.manifest, FakeImages.manifest, "media")
"""Without the job that makes everything after an upload."""


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Served]:
    async with served() as made:
        yield made


@pytest.fixture
async def quiet(engine: Any) -> AsyncIterator[Served]:
    async with served(plugins=QUIET) as made:
        yield made


async def preset(library: Served, name: str, **values: Any) -> None:
    await library.app.need(Database).execute(
        "INSERT INTO media_presets (name, revision, preset_json, updated_at) VALUES (:n, 1, :p, '2030')",
        {"n": name, "p": json.dumps(values)},
    )


async def test_it_leads_to_what_is_there(library: Served) -> None:
    shown = await library.picture()
    library.images.rendered.clear()
    with library.counted() as statements:
        answer = await library.get(f"/media/{shown['id']}/responsive.jpg")
    assert (answer.status, answer.headers["Location"]) == (302, shown["presets"]["responsive"]["src"])
    assert answer.headers["Cache-Control"] == "public, max-age=60", "it leads elsewhere when the asset changes"
    assert len(statements) == 2
    assert library.images.rendered == []
    jpeg = await library.get(f"/media/{shown['id']}/responsive.jpeg")
    assert jpeg.headers["Location"] == answer.headers["Location"]


async def test_it_is_made_when_somebody_asks(quiet: Served) -> None:
    """Before the job has come to it, or for a preset that came later."""
    library = quiet
    stored = await library.upload(image(1000, 500))
    answer = await library.get(f"/media/{stored.id}/thumb.webp")
    assert answer.status == 302
    [batch] = library.images.rendered
    assert [(one.format, one.width) for one in batch] == [("avif", 320), ("webp", 320), ("jpeg", 320)], (
        "with its preset"
    )
    made = await library.get(answer.headers["Location"])
    assert (made.status, made.headers["Content-Type"]) == (200, "image/webp")
    again = await library.get(f"/media/{stored.id}/thumb.avif")
    assert (again.status, len(library.images.rendered)) == (302, 1)
    await library.media.rendering.bring(stored.id)
    assert [one.width for one in library.images.rendered[1]] == [320, 320, 320, 640, 640, 640, 960, 960, 960] + [
        1000
    ] * 3
    assert first(await library.shown(stored.id), "thumb") == again.headers["Location"], "the job uses what is there"


async def test_one_that_saves_nothing_leads_to_the_fallback(library: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeImages, "sizes", {"avif": 900, "webp": 200, "jpeg": 300, "png": 400, "gif": 500})
    stored = await library.upload(image(300, 300))
    answer = await library.get(f"/media/{stored.id}/thumb.avif")
    assert answer.headers["Location"].endswith("/thumb.jpg")
    assert (await library.get(answer.headers["Location"])).status == 200


async def test_a_format_is_offered_in_every_width_or_not_at_all(
    library: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that takes to a type chooses among its widths only: with one missing it would show a coarse image."""
    original = FakeImages.render

    async def render(self: FakeImages, path: Any, mime: str, wanted: Any, folder: Any) -> Any:
        made = await original(self, path, mime, wanted, folder)
        large = [one.format == "avif" and one.width == 320 for one in wanted]
        return [evolve(one, bytes=600) if worse else one for one, worse in zip(made, large, strict=True)]

    monkeypatch.setattr(FakeImages, "render", render)
    shown = await library.picture()
    widths = {one["type"]: one["srcset"].count("w,") + 1 for one in shown["sources"]}
    assert widths == {"image/avif": 4, "image/webp": 4, "image/jpeg": 4}, "it saves in all, if not in the smallest"
    assert [one["type"] for one in shown["presets"]["thumb"]["sources"]] == ["image/webp", "image/jpeg"]


async def test_what_is_not_offered_is_not_found(library: Served) -> None:
    shown = await library.picture()
    await preset(library, "poster", width=100, format="webp")
    text = await library.upload(b"hello", "a.txt")
    for wrong in (
        f"{shown['id']}/nothing.webp", f"{shown['id']}/responsive.gif", f"{shown['id']}/responsive.exe",
        f"{shown['id']}/poster.avif", f"{shown['id']}/responsive", f"{shown['id']}/~transform.webp",
        f"{'0' * 26}/responsive.webp", f"{shown['id'].lower()}/responsive.webp", f"{text.id}/thumb.webp",
    ):  # fmt: skip
        assert (await library.get(f"/media/{wrong}")).status == 404, wrong
    assert (await library.get(f"/media/{shown['id']}/poster.webp")).status == 302


async def test_a_private_one_needs_a_signature(library: Served) -> None:
    shown = await library.picture(private=True)
    addresses = library.media.view.addresses
    path = f"/media/{shown['id']}/responsive.webp"
    until = addresses.until(library.clock.now())
    signed = addresses.path(path, until)
    assert await library.code(path) == (403, "not_signed")
    assert await library.code(signed.replace("responsive", "thumb")) == (403, "bad_signature")
    answer = await library.get(signed)
    assert (answer.status, answer.headers["Cache-Control"]) == (302, "private, max-age=60")
    assert (await library.get(answer.headers["Location"])).status == 200
    await library.clock.advance(991)
    assert await library.code(signed) == (403, "expired")
    assert await library.code(answer.headers["Location"]) == (403, "expired")


async def test_a_broken_image_is_tried_once(quiet: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    library, tried = quiet, 0
    stored = await library.upload(image(bad=True))
    original = FakeImages.render

    async def render(self: FakeImages, *words: Any) -> Any:
        nonlocal tried
        tried += 1
        return await original(self, *words)

    monkeypatch.setattr(FakeImages, "render", render)
    for _ in range(3):
        assert await library.code(f"/media/{stored.id}/thumb.webp") == (404, "cannot_render")
    assert tried == 1


class SlowImages(FakeImages):
    """Renders when it is told to."""

    manifest = Manifest(
        name="images", summary="Of a test.", load=f"{__name__}:SlowImages", provides=FakeImages.manifest.provides
    )

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.count = 0

    async def render(self, *words: Any) -> Any:
        self.count += 1
        self.begun.set()
        await self.go.wait()
        return await super().render(*words)


SLOW = ("database", "migrations", "audit", "blobs_local", SlowImages.manifest, "media")


async def test_many_who_ask_at_once_have_it_made_once(engine: Any) -> None:
    async with served(plugins=SLOW) as library:
        stored = await library.upload(image(1000, 500))
        asked = [asyncio.create_task(library.get(f"/media/{stored.id}/thumb.webp")) for _ in range(20)]
        await library.images.begun.wait()
        library.images.go.set()
        answers = await asyncio.gather(*asked)
        assert {one.status for one in answers} == {302}
        assert library.images.count == 1


async def test_the_job_and_who_asks_do_not_make_it_twice(engine: Any) -> None:
    async with served(plugins=(*SLOW, "jobs")) as library:
        stored = await library.upload(image(1000, 500))
        await library.images.begun.wait()  # the job
        asked = asyncio.create_task(library.get(f"/media/{stored.id}/thumb.webp"))
        library.images.go.set()
        assert (await asked).status == 302
        await library.settle()
        assert library.images.count == 1


async def test_if_who_makes_it_fails_the_next_one_does(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(plugins=SLOW) as library:
        stored = await library.upload(image(1000, 500))
        original = FakeImages.render

        async def render(self: FakeImages, *words: Any) -> Any:
            if self.count == 1:  # type: ignore[attr-defined]  # of SlowImages
                raise Transient("no process is free", retry_after=1)
            return await original(self, *words)

        monkeypatch.setattr(FakeImages, "render", render)
        library.images.go.set()
        asked = [asyncio.create_task(library.get(f"/media/{stored.id}/thumb.webp")) for _ in range(5)]
        answers = await asyncio.gather(*asked)
        assert sorted(one.status for one in answers) == [302, 302, 302, 302, 503]
        assert library.images.count == 2


async def test_two_processes_make_it_once(engine: Any, tmp_path: Any) -> None:
    """Two applications on one database and one folder of files, as two workers are."""
    clock = FakeClock()
    async with (
        served(plugins=SLOW, clock=clock, folder=tmp_path) as one,
        served(plugins=SLOW, clock=clock, folder=tmp_path) as two,
    ):
        stored = await one.upload(image(1000, 500))
        asked = [
            asyncio.create_task(site.get(f"/media/{stored.id}/thumb.webp")) for site in (one, two) for _ in range(3)
        ]
        waiting = [asyncio.create_task(site.images.begun.wait()) for site in (one, two)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        one.images.go.set()
        two.images.go.set()
        answers = await asyncio.gather(*asked)
        assert {answer.status for answer in answers} == {302}
        assert one.images.count + two.images.count == 1
        for left in waiting:
            left.cancel()
