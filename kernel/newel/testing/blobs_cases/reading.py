"""Reading: one version, the bytes that were asked for."""

from __future__ import annotations

import asyncio

import pytest

from newel.contracts.blobs import Blobs, BlobsAway
from newel.errors import NotFound
from newel.testing.blobs_cases.data import put, read, some

RANGES = [
    (0, None), (0, 1), (0, 1000), (1, 2), (999, 1000), (500, None), (10, 5000), (999, None), (1000, None),
    (5000, None), (5000, 6000), (5, 5), (7, 3), (0, 0),
]  # fmt: skip


class Reading:
    """What holds when something is got."""

    async def test_what_is_not_there_is_not_found(self, store: Blobs) -> None:
        await put(store, "a/b")
        for key in ("a", "b", "a/b/c", "a/bb"):
            with pytest.raises(NotFound):
                await store.head(key)
            for start, end in ((0, None), (3, None), (3, 4)):
                with pytest.raises(NotFound):
                    await read(store, key, start, end)

    async def test_ranges(self, store: Blobs) -> None:
        data = some(1000)
        await put(store, "a", data, content_type="image/x-test")
        for start, end in RANGES:
            expected = data[start : 1000 if end is None else end] if end is None or end > start else b""
            async with store.get("a", start=start, end=end) as reading:
                assert (reading.start, reading.length) == (start, len(expected)), (start, end)
                assert (reading.blob.size, reading.blob.content_type) == (1000, "image/x-test")
                assert b"".join([piece async for piece in reading.pieces]) == expected, (start, end)

    async def test_a_large_one_comes_in_pieces(self, store: Blobs) -> None:
        data = some(2 * store.part_size + 5)
        await put(store, "a", data)
        async with store.get("a", start=7) as reading:
            pieces = [piece async for piece in reading.pieces]
        assert b"".join(pieces) == data[7:]
        assert len(pieces) > 1
        assert all(pieces)

    async def test_who_reads_sees_one_version(self, store: Blobs) -> None:
        one, two = some(4 * store.part_size, 1), some(4 * store.part_size, 2)
        await put(store, "a", one)
        got = b""
        try:
            async with store.get("a") as reading:
                async for piece in reading.pieces:
                    if not got:
                        await put(store, "a", two)
                    got += piece
        except BlobsAway:  # a store may give an overwritten version up, but not mix two
            assert not self.reads_on  # type: ignore[attr-defined]  # of the suite
            assert one.startswith(got)
        else:
            assert got == one
        assert await read(store, "a") == two

    async def test_bytes_and_type_are_of_one_version(self, store: Blobs) -> None:
        versions = [(bytes([number]) * 1000, f"image/x-{number}") for number in range(3)] + [(b"x" * 10, "image/png")]
        await put(store, "a.png", versions[0][0], content_type=versions[0][1])

        async def replace() -> None:
            for turn in range(24):
                data, type = versions[turn % len(versions)]
                await put(store, "a.png", data, content_type=type)

        writing = asyncio.create_task(replace())
        seen = 0
        while not writing.done():
            try:
                async with store.get("a.png") as reading:
                    data = b"".join([piece async for piece in reading.pieces])
                    assert (data, reading.blob.content_type) in versions
                    seen += 1
            except BlobsAway:
                assert not self.reads_on  # type: ignore[attr-defined]  # of the suite
        await writing
        assert seen

    async def test_who_reads_what_is_deleted_is_not_told_half(self, store: Blobs) -> None:
        data = some(4 * store.part_size)
        await put(store, "a", data)
        got = b""
        try:
            async with store.get("a") as reading:
                async for piece in reading.pieces:
                    if not got:
                        await store.delete("a")
                    got += piece
        except BlobsAway:
            assert not self.reads_on  # type: ignore[attr-defined]  # of the suite
        else:
            assert got == data

    async def test_who_stops_early_takes_nothing_along(self, store: Blobs) -> None:
        await put(store, "a", some(3 * store.part_size))
        for _ in range(40):  # more than there are connections
            async with store.get("a") as reading:
                async for piece in reading.pieces:
                    assert piece
                    break

    async def test_who_is_cancelled_takes_nothing_along(self, store: Blobs) -> None:
        await put(store, "a", some(2 * store.part_size))

        async def hold() -> None:
            async with store.get("a") as reading:
                async for _ in reading.pieces:
                    held.set()
                    await asyncio.Event().wait()

        for _ in range(40):
            held = asyncio.Event()
            task = asyncio.create_task(hold())
            await held.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert len(await read(store, "a")) == 2 * store.part_size

    async def test_many_read_at_once(self, store: Blobs) -> None:
        data = some(300_000)
        await put(store, "a", data)
        assert set(await asyncio.gather(*(read(store, "a") for _ in range(50)))) == {data}
