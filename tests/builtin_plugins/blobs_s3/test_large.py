"""Large files: parts, copies in parts, pages of listings; a server that ends in the middle; memory that stays flat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from tests.flat import GIGABYTE, grown
from tests.s3 import Bucket

from newel.contracts.blobs import Blobs, BlobsAway
from newel.errors import Reject
from newel.testing import make_app
from newel.testing.blobs_cases.data import keys, put, read, sent, sha256, some
from newel_blobs_s3 import listing, store

MIB = 1 << 20


async def unfinished(blobs: Any) -> list[str]:
    """Uploads that the server holds."""
    place = blobs.where("")
    answer = await blobs._client.list_multipart_uploads(Bucket=place["Bucket"], Prefix=place["Key"])
    return [one["Key"] for one in answer.get("Uploads", ())]


async def test_each_part_is_sent_again_when_its_connection_breaks(bucket: Bucket, tmp_path: Path) -> None:
    async with make_app(["blobs_s3"], bucket.config(tmp_path)) as app:
        blobs: Any = app.need(Blobs)
        broken: list[int] = []

        def break_once(request: Any, **_: Any) -> None:
            number = int(request.url.partition("partNumber=")[2].partition("&")[0])
            if number not in broken:
                broken.append(number)
                raise ConnectionClosedError(endpoint_url=request.url)

        blobs._client.meta.events.register("before-send.s3.UploadPart", break_once)
        data = some(6 * MIB)
        await blobs.put("a", sent(data), size=len(data), sha256=sha256(data))
        assert sorted(broken) == [1, 2]
        assert await read(blobs, "a") == data


async def test_a_file_is_read_again_when_the_store_fails_in_the_middle(bucket: Bucket, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(some(6 * MIB))
    async with make_app(["blobs_s3"], bucket.config(tmp_path, attempts=1)) as app:
        blobs: Any = app.need(Blobs)
        times = 0

        def break_once(request: Any, **_: Any) -> None:
            nonlocal times
            times += 1
            if times <= 2:
                raise ConnectionClosedError(endpoint_url=request.url)

        blobs._client.meta.events.register("before-send.s3.UploadPart", break_once)
        with pytest.raises(BlobsAway):
            await put(blobs, "a", some(6 * MIB))
        assert await keys(blobs) == await unfinished(blobs) == []
        times = 0
        await blobs.put_file("a", file)
        assert await read(blobs, "a") == some(6 * MIB)
        assert await unfinished(blobs) == []


async def test_nothing_is_left_with_the_server_when_a_put_ends_early(bucket: Bucket, tmp_path: Path) -> None:
    async with make_app(["blobs_s3"], bucket.config(tmp_path)) as app:
        blobs: Any = app.need(Blobs)
        waiting = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield some(11 * MIB)
            waiting.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(blobs.put("a", endless()))
        await waiting.wait()
        assert await unfinished(blobs) != []
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await unfinished(blobs) == await keys(blobs) == []


async def test_a_put_that_is_cancelled_anywhere_leaves_nothing(bucket: Bucket, tmp_path: Path) -> None:
    async with make_app(["blobs_s3"], bucket.config(tmp_path)) as app:
        blobs: Any = app.need(Blobs)
        data = some(6 * MIB)
        for turn in range(12):
            task = asyncio.create_task(put(blobs, "a", data))
            for _ in range(turn * turn * 3):
                await asyncio.sleep(0)
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            assert await unfinished(blobs) == [], turn
            if isinstance(ended, BaseException):
                assert await keys(blobs) in ([], ["a"])
            if await keys(blobs):
                assert await read(blobs, "a") == data
                await blobs.delete("a")


async def test_a_large_copy_is_made_in_parts(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel_blobs_s3.copying.copied_in_parts.__defaults__", (5 * MIB,))
    async with make_app(["blobs_s3"], bucket.config(tmp_path)) as app:
        blobs: Any = app.need(Blobs)
        blobs.largest_copy = 5 * MIB
        data = some(11 * MIB)
        await put(blobs, "a", data, content_type="video/x-test")
        blob = await blobs.copy("a", "b")
        assert (blob.size, blob.content_type) == (len(data), "video/x-test")
        assert await read(blobs, "b") == data
        head = await blobs._client.head_object(**blobs.where("b"))
        assert head["ETag"].endswith('-3"')


@pytest.mark.parametrize("provider", ["other", "seaweedfs"])
async def test_a_listing_goes_over_pages(
    provider: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    async with make_app(["blobs_s3"], bucket.config(tmp_path, provider=provider)) as app:
        blobs: Any = app.need(Blobs)
        made = [f"a/{number:02}" for number in range(10)] + ["b", "c/d"]
        for key in made:
            await put(blobs, key)
        await blobs._client.put_object(**blobs.where("Not a key"), Body=b"x")
        await blobs._client.put_object(**blobs.where("folder/"), Body=b"")
        assert await keys(blobs) == made
        assert await keys(blobs, "a/", "a/03") == made[4:10]
        assert await keys(blobs, after="a/09") == ["b", "c/d"]


async def test_a_file_of_too_many_parts_is_refused(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_PARTS", 2)
    async with make_app(["blobs_s3"], bucket.config(tmp_path)) as app:
        blobs: Any = app.need(Blobs)
        with pytest.raises(Reject, match="unknown size is too large"):
            await blobs.put("a", sent(some(11 * MIB)))
        assert await unfinished(blobs) == await keys(blobs) == []
        data = some(11 * MIB)
        await blobs.put("a", sent(data), size=len(data))  # known: the parts are made larger
        assert await read(blobs, "a") == data


async def test_a_server_that_ends_in_the_middle(bucket: Bucket, tmp_path: Path) -> None:
    """Killed while a file goes up and another comes down: neither is half there, and the next try works."""
    settings = {"attempts": 2, "connect_seconds": 1.0}
    async with make_app(["blobs_s3"], bucket.config(tmp_path, **settings)) as app:
        blobs = app.need(Blobs)
        data = some(24 * MIB)
        await put(blobs, "down", data)
        got = b""

        async def upload() -> AsyncIterator[bytes]:
            for number in range(0, 24, 2):
                yield data[number * MIB : (number + 2) * MIB]
                if number == 12:  # two parts are with the server, or on their way
                    half.set()
                    await killed.wait()

        half, killed = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(blobs.put("up", upload()))

        async def download() -> None:
            nonlocal got
            async with blobs.get("down") as reading:
                async for piece in reading.pieces:
                    got += piece
                    if not killed.is_set():
                        await half.wait()
                        await asyncio.to_thread(bucket.server.kill)
                        killed.set()

        with pytest.raises(BlobsAway):
            await download()
        assert data.startswith(got)
        assert len(got) < len(data)
        with pytest.raises(BlobsAway):
            await task
        await asyncio.to_thread(bucket.server.start)
        assert await keys(blobs) == ["down"]
        await put(blobs, "up", data)
        assert await read(blobs, "up") == data
        assert await read(blobs, "down") == data


@pytest.mark.slow
def test_memory_stays_flat(bucket: Bucket, tmp_path: Path) -> None:
    told = grown(bucket.config(tmp_path, part_mib=8), GIGABYTE)
    assert told["came"] == GIGABYTE
    assert max(told["up"], told["down"]) < 150e6
