"""A process that dies between any two calls of its database and its store: no row without bytes, and after a sweep no
bytes without a row."""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.site import PLUGINS, Site, image, pieces, site
from tests.deaths import Death, _dying, _met, install

from newel import NotFound, Transient
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.testing import FakeClock
from newel.testing.engines import Engine
from newel.testing.fake_blobs import FakeBlobs
from newel.transact import transact
from newel_media.model import Given
from newel_media.names import original_key

MOST = {"sqlite": 200, "postgres": 12, "mysql": 12}
"""Deaths of each kind; on servers a drawn few of all that there are."""
LATER = timedelta(hours=25)


@pytest.fixture(autouse=True)
def _seam(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def under(blobs: Any, patch: pytest.MonkeyPatch) -> None:
    """Makes calls of the store count as calls of the database do."""
    for name in ("put_file", "delete", "head", "copy"):
        patch.setattr(type(blobs), name, _counted(name, getattr(type(blobs), name)))


def _counted(name: str, original: Any) -> Any:
    async def call(self: Any, *arguments: Any, **more: Any) -> Any:
        death = _dying.get()
        if death is None or death.dead:
            return await original(self, *arguments, **more)
        return await _met(death, f"blobs {name}", lambda: original(self, *arguments, **more))

    return call


Store = tuple[str, dict[str, Any]]
"""A plugin that keeps blobs, and its sections."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Where the bytes go; ``test_crashes_s3`` has another."""
    return "blobs_local", {"blobs": {"url": f"file:{tmp_path}/blobs"}}


@asynccontextmanager
async def small(patch: pytest.MonkeyPatch, clock: FakeClock, store: Store) -> AsyncIterator[Site]:
    """A library with one preset, so that there are few points to die at."""
    plugins = [store[0] if one is FakeBlobs.manifest else one for one in PLUGINS]
    async with site(plugins=plugins, config=store[1], clock=clock) as library:
        under(library.app.need(Blobs), patch)
        await library.app.need(Database).execute("DELETE FROM media_presets WHERE name = 'responsive'")
        yield library


async def is_whole(library: Site) -> None:
    """Every asset has its bytes, and every rendition that is told of has them too."""
    blobs = library.app.need(Blobs)
    for row in await library.rows("assets"):
        async with blobs.get(row["blob"]) as read:
            data = b"".join([piece async for piece in read.pieces])
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
    for row in await library.rows("renditions"):
        if row["key"]:
            assert (await blobs.head(row["key"])).size == row["bytes"]


async def is_swept(library: Site) -> None:
    """After a sweep the store holds exactly what rows name, and the tables know of exactly that."""
    named = {row["blob"] for row in await library.rows("assets")}
    named |= {row["key"] for row in await library.rows("renditions") if row["key"]}
    assert set(await library.keys()) == named
    assert {row["key"] for row in await library.rows("blobs")} == named
    assert await library.rows("uploads") == []


async def sweep(library: Site) -> dict[str, int]:
    async def progress(*_: Any) -> None: ...

    found: dict[str, int] = await library.media.sweep.all(progress)
    return found


Act = Callable[[], Coroutine[Any, Any, Any]]


async def at_each_point(engine: Engine, library: Site, made: Callable[[int], Act]) -> int:
    """Dies at each call of an act, before it and when it is done and nobody knows; answers at how many points."""
    await made(0)()  # the first is not like the others: a day of the trail begins
    counting = Death()
    with counting.upon():
        await made(1)()
    points = [(at, when) for at in range(1, len(counting.calls) + 1) for when in ("before", "after")]
    if len(points) > MOST[engine.plugin]:
        points = random.Random(7).sample(points, MOST[engine.plugin])
    for number, (at, when) in enumerate(points, 2):
        death = Death(at, when)  # type: ignore[arg-type]  # a pair of literals
        with death.upon():
            await made(number)()
        assert death.dead, f"it never came to call {at}"
        await buried(library)
    return len(points)


async def buried(library: Site) -> None:
    """A dead process gives up its transaction; here it is SQLite's writer, which lives on, that has to."""
    await library.app.need(Database).execute("DELETE FROM media_state WHERE name = ''")


async def test_an_upload_dies(engine: Engine, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    clock = FakeClock()
    async with small(monkeypatch, clock, store) as library:

        def upload(number: int) -> Act:
            return lambda: library.upload(image(10 + number, 10), f"{number}.png")

        points = await at_each_point(engine, library, upload)
        assert points > 10
        await is_whole(library)
        await clock.jump(LATER.total_seconds())
        await sweep(library)
        await is_whole(library)
        await is_swept(library)
        assert 1 <= len(await library.rows("assets")) < points, "those whose transaction was over are there"


@pytest.mark.slow
async def test_rendering_dies(engine: Engine, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    clock = FakeClock()
    async with small(monkeypatch, clock, store) as library:
        media = library.media
        ids = []
        for number in range(MOST[engine.plugin] + 2):
            if number and engine.plugin == "sqlite" and number > 120:
                break
            ids.append((await library.upload(image(400 + number, 400))).id)

        def render(number: int) -> Act:
            return lambda: media.rendering.bring(ids[number])

        points = await at_each_point(engine, library, render)
        await is_whole(library)
        for id in ids:
            await media.rendering.bring(id)
        await clock.jump(LATER.total_seconds())
        await sweep(library)
        await is_whole(library)
        await is_swept(library)
        assert len(await library.keys()) == len(ids) * 4, f"all is there after {points} deaths"
        assert {row["status"] for row in await library.rows("assets")} == {"ready"}


@pytest.mark.slow
async def test_the_sweep_dies(engine: Engine, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    clock = FakeClock()
    async with small(monkeypatch, clock, store) as library:
        stay = await library.upload(image(9, 9))
        await library.media.rendering.bring(stay.id)

        async def loose(number: int) -> None:
            """An asset that is gone, and bytes that never became one."""
            gone = await library.upload(image(20 + number, 20))
            await library.media.rendering.bring(gone.id)
            await transact(library.app.need(Database), lambda tx: library.media.store.assets.delete(tx, gone.id))
            media = library.media
            async with media.spool.place() as place:
                spooled = await media.spool.take(pieces(image(5000 + number, 1)), place / "x", 1000)
                await media.pipeline.arrive(library.call(), spooled, Given(name="x.png"), source="api")

        counting = Death()
        await loose(0)
        await clock.jump(LATER.total_seconds())
        with counting.upon():
            await sweep(library)
        await is_swept(library)
        points = list(range(1, len(counting.calls) + 1))
        most = min(MOST[engine.plugin], 15)
        points = random.Random(7).sample(points, min(most, len(points)))
        for number, at in enumerate(points, 1):
            await loose(number)
            await clock.jump(LATER.total_seconds())
            with Death(at).upon():
                await sweep(library)
            await buried(library)
            await is_whole(library)
        await clock.jump(LATER.total_seconds())
        await sweep(library)
        await is_swept(library)
        assert [row["id"] for row in await library.rows("assets")] == [stay.id]


async def patiently(act: Act) -> Any:
    """Tries again what lost against the sweep."""
    while True:
        try:
            return await act()
        except Transient as error:
            if error.reason not in ("being_deleted", "claim_lost"):
                raise
            await asyncio.sleep(0)
        except NotFound as error:  # a day and more passed while it was on its way
            if not error.detail.startswith("there is no upload"):
                raise


@pytest.mark.slow
async def test_uploads_and_sweeps_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    """Few contents, many uploads of them, deletions and sweeps beside them: what is answered is there."""
    clock = FakeClock()
    seed = secrets.randbelow(1 << 30)
    print("seed", seed)
    drawn = random.Random(seed)
    async with small(monkeypatch, clock, store) as library:
        contents = [image(30 + number, 30) for number in range(3)]
        media, db = library.media, library.app.need(Database)

        async def upload() -> None:
            for _ in range(12):
                stored = await patiently(lambda: library.upload(drawn.choice(contents)))
                assert (await library.app.need(Blobs).head(original_key(stored.hash))).size == stored.bytes
                if drawn.random() < 0.7:
                    await transact(db, lambda tx, id=stored.id: media.store.assets.delete(tx, id))  # type: ignore[misc]

        async def clean() -> None:
            for _ in range(12):
                await clock.jump(LATER.total_seconds())
                await sweep(library)

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(upload())
            group.create_task(clean())
        await is_whole(library)
        await clock.jump(LATER.total_seconds())
        await sweep(library)
        await clock.jump(LATER.total_seconds())
        await sweep(library)
        await is_swept(library)


async def test_a_claim_that_ran_out_is_told(engine: Engine) -> None:
    clock = FakeClock()
    async with site(clock=clock) as library:
        media = library.media
        async with media.spool.place() as place:
            spooled = await media.spool.take(pieces(image()), place / "x", 1000)
            upload = await media.pipeline.arrive(library.call(), spooled, Given(name="x.png"), source="api")
        await clock.jump(LATER.total_seconds())
        await sweep(library)
        with pytest.raises(NotFound):
            await library.run("media.store", upload=upload)
        assert await library.keys() == []
