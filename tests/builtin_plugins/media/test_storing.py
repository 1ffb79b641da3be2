"""A file's way into the library."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.media.site import Site, image, pieces, site

from newel import Conflict, Manifest, NotFound, PreconditionFailed, Reject, TooLarge, hookimpl
from newel.contracts.media import AssetEvent, UnknownType, Upload
from newel.testing import actor
from newel_media.model import Given

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nsomething"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><rect/></svg>'
EDITOR = actor("editor", "media.read", "media.write")


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site() as made:
        yield made


async def test_a_file_comes_in_whole(library: Site) -> None:
    stored = await library.upload(PDF, "../Ünïcode: report?.PDF", EDITOR, alt={"en": "A report"}, tags=("a", "b"))
    assert (stored.name, stored.mime, stored.kind) == ("Ünïcode report.pdf", "application/pdf", "document")
    assert stored.hash == hashlib.sha256(PDF).hexdigest()
    assert (stored.status, stored.author, stored.created) == ("none", "editor", True)
    assert (stored.alt, stored.tags) == ({"en": "A report"}, ("a", "b"))
    assert await library.keys() == [f"originals/{stored.hash[:2]}/{stored.hash}"]
    assert not list(library.media.spool.folder.iterdir()), "nothing stays in the spool"


@pytest.mark.needs_plugin("jobs")
async def test_an_image_is_rendered_beside_the_request(library: Site) -> None:
    stored = await library.upload(image(1000, 500))
    assert (stored.width, stored.height, stored.status, stored.sources) == (1000, 500, "pending", ())
    assert stored.placeholder == {"thumbhash": "dGh1bWI=", "color": "#102030"}
    assert library.images.rendered == []
    await library.settle()
    (batch,) = library.images.rendered
    assert len(batch) == 15, "one decoding for all: four widths and a thumbnail, in three formats"
    [row] = await library.rows("assets")
    assert row["status"] == "ready"
    shown = (await library.media.reader.shown([stored.id]))[stored.id]
    assert [one["type"] for one in shown["sources"]] == ["image/avif", "image/webp", "image/jpeg"]
    assert [part.rpartition(" ")[2] for part in shown["sources"][0]["srcset"].split(", ")] == [
        "320w",
        "640w",
        "960w",
        "1000w",
    ]
    assert shown["presets"]["thumb"]["width"] == 320
    await library.run("jobs.enqueue", kind="media.sweep")
    await library.settle()
    assert len(await library.keys()) == 16


@pytest.mark.needs_plugin("jobs")
async def test_an_alternative_that_saves_nothing_is_left_out(library: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"avif": 900, "webp": 200, "jpeg": 300, "png": 400, "gif": 500}
    monkeypatch.setattr(type(library.images), "sizes", sizes)
    stored = await library.upload(image(300, 300))
    await library.settle()
    shown = (await library.media.reader.shown([stored.id]))[stored.id]
    assert [one["type"] for one in shown["sources"]] == ["image/webp", "image/jpeg"]
    assert len(await library.keys()) == 1 + 2 * 2
    library.images.rendered.clear()
    assert await library.media.rendering.bring(stored.id) == 0, "it is known, and not made again"


@pytest.mark.needs_plugin("jobs")
@pytest.mark.parametrize(("alpha", "formats"), [(True, ["avif", "webp", "png"]), (False, ["avif", "webp", "jpeg"])])
async def test_the_fallback_keeps_transparency(library: Site, alpha: bool, formats: list[str]) -> None:
    await library.upload(image(100, 100, alpha=alpha))
    await library.settle()
    assert {one.format for one in library.images.rendered[0]} == set(formats)


async def test_a_broken_image_is_refused_and_leaves_nothing(library: Site) -> None:
    with pytest.raises(Reject) as refused:
        await library.upload(image()[:30])
    assert refused.value.reason == "bad_image"
    assert await library.rows("assets") == await library.rows("blobs") == await library.keys() == []


@pytest.mark.needs_plugin("jobs")
async def test_an_image_that_cannot_be_rendered_says_so(library: Site) -> None:
    stored = await library.upload(image(bad=True))
    await library.settle()
    assert [row["status"] for row in await library.rows("assets")] == ["failed"]
    assert (await library.media.reader.shown([stored.id]))[stored.id]["url"].startswith("/media/file/")


NO = [
    (HTML, "page.html"), (HTML, "cat.png"), (SVG, "a.svg"), (b"MZ\x90\0" * 30, "a.pdf"),
    (b"\x7fELF\2\1\1" + b"\0" * 60, "a.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name"), NO)
async def test_what_is_not_on_the_list_is_refused_by_its_content(library: Site, data: bytes, name: str) -> None:
    with pytest.raises(Reject) as refused:
        await library.upload(data, name)
    assert refused.value.reason == "type_not_allowed"
    assert await library.keys() == []


async def test_an_empty_file_is_refused(library: Site) -> None:
    with pytest.raises(Reject, match="empty"):
        await library.upload(b"")


async def test_svg_is_sanitised_where_it_is_allowed(engine: Any) -> None:
    async with site(config={"media": {"allow": ["image/svg+xml"]}}) as library:
        stored = await library.upload(SVG, "a.svg")
        assert stored.hash == hashlib.sha256(SVG.replace(b"<script>alert(1)</script>", b"")).hexdigest()


async def test_the_limit_counts_what_arrives(engine: Any) -> None:
    async with site(config={"media": {"max_bytes": 2000}}) as library:
        with pytest.raises(TooLarge):
            await library.upload(PDF + b"x" * 2000, "a.pdf")
        assert not list(library.media.spool.folder.iterdir())


async def test_where_it_was_made_is_taken_out(library: Site) -> None:
    stored = await library.upload(image(gps=True))
    assert stored.hash == hashlib.sha256(image()).hexdigest()


async def test_where_it_was_made_stays_if_the_site_says_so(engine: Any) -> None:
    async with site(config={"media": {"keep_place": True}}) as library:
        assert (await library.upload(image(gps=True))).hash == hashlib.sha256(image(gps=True)).hexdigest()


async def test_the_same_bytes_lie_there_once(library: Site) -> None:
    first, second = await library.upload(PDF, "a.pdf"), await library.upload(PDF, "b.pdf")
    assert first.id != second.id
    assert second.duplicates == (first.id,)
    assert len(await library.keys()) == 1
    third = await library.upload(PDF, "c.pdf", on_duplicate="reuse")
    assert (third.id, third.created, third.name) == (first.id, False, "a.pdf")
    with pytest.raises(Conflict) as refused:
        await library.upload(PDF, "d.pdf", on_duplicate="refuse")
    assert refused.value.extra == {"asset": first.id}


async def test_images_that_look_the_same_are_told_of(library: Site) -> None:
    one = await library.upload(image(100, 100, phash="ff00ff00ff00ff00"))
    two = await library.upload(image(101, 100, phash="ff00ff00ff00ff3f"))
    three = await library.upload(image(102, 100, phash="00ff00ff00ff00ff"))
    four = await library.upload(image(103, 100, phash="ff00ff00ff00ff01"))
    assert (one.similar, two.similar, three.similar) == ((), (one.id,), ())
    assert four.similar == (one.id, two.id)


async def test_a_quota_holds(engine: Any) -> None:
    async with site(config={"media": {"quota_bytes": len(PDF) * 2, "quota_bytes_per_user": len(PDF)}}) as library:
        await library.upload(PDF, "a.pdf", EDITOR)
        with pytest.raises(Conflict, match="your files"):
            await library.upload(PDF, "b.pdf", EDITOR)
        await library.upload(PDF, "b.pdf")
        with pytest.raises(Conflict, match="full"):
            await library.upload(PDF, "c.pdf", actor("third", "media.write"))


async def test_an_upload_is_of_who_made_it_and_becomes_one_asset(library: Site) -> None:
    media = library.media
    async with media.spool.place() as place:
        spooled = await media.spool.take(pieces(PDF), place / "x", 1000)
        id = await media.pipeline.arrive(library.call(EDITOR), spooled, Given(name="a.pdf"), source="api")
    with pytest.raises(NotFound):
        await library.run("media.store", upload=id)
    first = await library.run("media.store", EDITOR, upload=id)
    assert await library.run("media.store", EDITOR, upload=id) == evolve(first, created=False)
    assert len(await library.rows("assets")) == 1


@pytest.mark.needs_plugin("jobs")
async def test_other_bytes_keep_id_and_place(library: Site) -> None:
    first = await library.upload(image(100, 100), "a.png", alt={"en": "Before"}, tags=("x",))
    await library.settle()
    media = library.media
    async with media.spool.place() as place:
        spooled = await media.spool.take(pieces(image(200, 100)), place / "x", 1000)
        upload = await media.pipeline.arrive(library.call(), spooled, Given(name="b.png"), source="api")
    with pytest.raises(PreconditionFailed):
        await library.run("media.replace", id=first.id, upload=upload, revision=7)
    second = await library.run("media.replace", id=first.id, upload=upload, revision=1)
    assert (second.id, second.url, second.name, second.alt, second.tags) == (
        first.id, first.url, first.name, first.alt, first.tags,
    )  # fmt: skip
    assert (second.width, second.revision, second.status) == (200, 2, "pending")
    assert second.hash != first.hash


class Hooked:
    """Takes part in everything."""

    manifest = Manifest(name="hooked", summary="Of a test.", load=f"{__name__}:Hooked")

    def __init__(self, app: Any) -> None:
        self.seen: list[str] = []
        self.events: list[AssetEvent] = []

    @hookimpl
    async def media_resolve_type(self, unknown: UnknownType) -> str | None:
        return "application/pdf" if unknown.head.startswith(b"\x01\x02MINE") else None

    @hookimpl
    async def media_before_store(self, upload: Upload) -> Upload:
        if b"virus" in await asyncio.to_thread(upload.path.read_bytes):
            raise Reject("there is a virus in it", code="virus")
        return evolve(upload, name=f"checked {upload.name}", tags=(*upload.tags, "checked"))

    @hookimpl
    @asynccontextmanager
    async def media_around_store(self, upload: Upload) -> AsyncIterator[None]:
        self.seen.append("in")
        yield
        self.seen.append("out")

    @hookimpl
    def media_after_store(self, event: AssetEvent) -> None:
        self.events.append(event)

    @hookimpl
    def media_after_replace(self, event: AssetEvent) -> None:
        self.events.append(event)

    @hookimpl
    def media_after_update(self, event: AssetEvent) -> None:
        self.events.append(event)

    @hookimpl
    def media_before_delete(self, event: AssetEvent) -> None:
        if event.folder is None:
            raise Reject("only what lies in a folder is thrown away", code="kept")


@pytest.mark.needs_plugin("jobs")
async def test_others_take_part(engine: Any) -> None:
    async with site(Hooked.manifest) as library:
        hooked: Any = library.app.plugins["hooked"]
        stored = await library.upload(b"\x01\x02MINE" + b"\0" * 20, "a.bin")
        assert (stored.name, stored.mime, stored.tags) == ("checked a.pdf", "application/pdf", ("checked",))
        with pytest.raises(Reject) as refused:
            await library.upload(PDF + b"virus", "b.pdf")
        assert refused.value.reason == "virus"
        assert hooked.seen == ["in", "out"]
        await library.app.settle()
        assert [(event.id, event.name, event.source) for event in hooked.events] == [(stored.id, stored.name, "api")]
        await library.run("media.update", id=stored.id, caption="Mine")
        await library.run("media.update", id=stored.id, caption="Mine")  # nothing is another one
        with pytest.raises(Reject, match="in a folder"):
            await library.run("media.remove", ids=[stored.id])
        folder = await library.run("media.create_folder", name="bin")
        await library.run("media.move", ids=[stored.id], folder=folder.id)
        await library.app.settle()
        assert [(event.id, event.folder) for event in hooked.events[1:]] == [(stored.id, None), (stored.id, folder.id)]
        await library.run("media.delete", id=stored.id)


@pytest.mark.needs_plugin("audit")
async def test_it_stands_in_the_trail(library: Site) -> None:
    stored = await library.upload(PDF, "a.pdf", EDITOR)
    [row] = (await library.run("audit.list", entity="media", entity_id=stored.id)).data
    assert row.operation == "media.store"
    assert row.after["sha256"] == stored.hash
