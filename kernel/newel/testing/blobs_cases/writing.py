"""Writing: whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from newel.contracts.blobs import BlobDamaged, Blobs
from newel.errors import NotFound
from newel.testing.blobs_cases.data import keys, put, read, sent, sha256, some


class Writing:
    """What holds when something is put."""

    async def test_what_was_put_is_there(self, store: Blobs) -> None:
        data = some(200_001)
        blob = await store.put("a/b.bin", sent(data), content_type="image/x-test", size=len(data), sha256=sha256(data))
        assert (blob.key, blob.size, blob.content_type) == ("a/b.bin", len(data), "image/x-test")
        head = await store.head("a/b.bin")
        assert (head.key, head.size, head.content_type) == ("a/b.bin", len(data), "image/x-test")
        assert len(head.modified) == len(blob.modified) == 24
        assert await read(store, "a/b.bin") == data

    async def test_an_empty_blob_is_one(self, store: Blobs) -> None:
        assert (await store.put("empty", sent(b""), size=0, sha256=sha256(b""))).size == 0
        assert await read(store, "empty") == b""
        assert await read(store, "empty", 5) == b""
        assert (await store.head("empty")).size == 0

    async def test_the_type_is_kept_and_changed(self, store: Blobs) -> None:
        for type in ("text/plain; charset=utf-8", "application/octet-stream", "image/png", "font/woff2"):
            await put(store, "a", type.encode(), content_type=type)
            assert (await store.head("a")).content_type == type
            async with store.get("a") as reading:
                assert reading.blob.content_type == type
        await store.put("a", sent(b"x"))
        assert (await store.head("a")).content_type == "application/octet-stream"

    async def test_a_file_is_put(self, store: Blobs, tmp_path: Path) -> None:
        file = tmp_path / "file"
        data = some(store.part_size + 77)
        file.write_bytes(data)
        blob = await store.put_file("a/file", file, content_type="video/mp4")
        assert (blob.size, blob.content_type) == (len(data), "video/mp4")
        assert await read(store, "a/file") == data
        assert (await store.head("a/file")).content_type == "video/mp4"

    async def test_the_later_one_replaces(self, store: Blobs) -> None:
        for data in (some(100_000, 1), some(10, 2), b"", some(70_000, 3)):
            await put(store, "a", data)
            assert await read(store, "a") == data
        assert await keys(store) == ["a"]

    async def test_nothing_is_seen_before_all_of_it_came(self, store: Blobs) -> None:
        data = some(2 * store.part_size + 10)

        async def watched() -> AsyncIterator[bytes]:
            async for piece in sent(data, store.part_size // 2):
                yield piece
                with pytest.raises(NotFound):
                    await store.head("a/b")
                assert await keys(store) == []

        await store.put("a/b", watched())
        assert await read(store, "a/b") == data

    @pytest.mark.parametrize("parts", [0, 2], ids=["small", "large"])
    @pytest.mark.parametrize("fault", ["few", "many", "other"])
    async def test_what_is_not_what_was_announced_is_not_kept(self, store: Blobs, fault: str, parts: int) -> None:
        data = some(parts * store.part_size + 1000)
        size = len(data) + {"few": 1, "many": -1, "other": 0}[fault]
        for before in (None, b"earlier"):
            if before is not None:
                await put(store, "a/b", before)
            with pytest.raises(BlobDamaged):
                await store.put("a/b", sent(data, 400_000), size=size, sha256=sha256(b"other"))
            assert await keys(store) == ([] if before is None else ["a/b"])
        assert await read(store, "a/b") == b"earlier"

    @pytest.mark.parametrize("parts", [0, 1], ids=["small", "large"])
    async def test_a_source_that_fails_leaves_nothing(self, store: Blobs, parts: int) -> None:
        async def failing() -> AsyncIterator[bytes]:
            yield some(parts * store.part_size + 10)
            raise RuntimeError("the source is gone")

        with pytest.raises(RuntimeError, match="the source is gone"):
            await store.put("a/b", failing())
        assert await keys(store) == []

    @pytest.mark.parametrize("parts", [0, 1], ids=["small", "large"])
    async def test_who_is_cancelled_leaves_nothing(self, store: Blobs, parts: int) -> None:
        reached = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield some(parts * store.part_size + 10)
            reached.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(store.put("a/b", endless()))
        await reached.wait()
        await asyncio.sleep(0.01)  # what goes over beside is on its way then
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await keys(store) == []
        await put(store, "a/b", b"next")
        assert await read(store, "a/b") == b"next"

    async def test_of_many_at_once_one_remains_whole(self, store: Blobs) -> None:
        versions = [some(60_000 + number, number) for number in range(8)]
        types = [f"image/x-{number}" for number in range(8)]
        await asyncio.gather(
            *(put(store, "a/b", data, content_type=type) for data, type in zip(versions, types, strict=True))
        )
        assert await read(store, "a/b") in versions
        assert (await store.head("a/b")).content_type in types
        assert await keys(store) == ["a/b"]

    async def test_deleting(self, store: Blobs) -> None:
        for key in ("a/1", "a/2", "b"):
            await put(store, key, content_type="text/x-test")
        await store.delete("a/1", "a/missing", "missing/too")
        assert await keys(store) == ["a/2", "b"]
        await store.delete("a/1", "a")
        await store.delete("a")
        assert await keys(store) == ["a/2", "b"], "a folder is no blob"
        await store.delete()
        await store.delete("a/2", "b")
        assert await keys(store) == []
        await put(store, "a", b"where a folder was")
        assert await read(store, "a") == b"where a folder was"

    async def test_copying(self, store: Blobs) -> None:
        data = some(100_000)
        await put(store, "a/b", data, content_type="image/x-test")
        await put(store, "c", b"earlier", content_type="text/plain")
        for target in ("a/new", "c", "a/b"):
            blob = await store.copy("a/b", target)
            assert (blob.key, blob.size, blob.content_type) == (target, len(data), "image/x-test")
            assert await read(store, target) == data
            assert (await store.head(target)).content_type == "image/x-test"
        with pytest.raises(NotFound):
            await store.copy("missing", "c")
        assert await read(store, "c") == data

    async def test_it_is_there_when_the_store_is_opened_again(self, tmp_path: Path) -> None:
        async with self.make(tmp_path, "site") as first:  # type: ignore[attr-defined]  # of the suite
            await put(first, "a/b", b"kept", content_type="text/x-test")
        async with self.make(tmp_path, "site") as second:  # type: ignore[attr-defined]  # of the suite
            assert await read(second, "a/b") == b"kept"
            assert (await second.head("a/b")).content_type == "text/x-test"
