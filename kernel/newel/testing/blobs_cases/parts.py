"""Multipart uploads."""

from __future__ import annotations

from pathlib import Path

import pytest

from newel.contracts.blobs import LARGEST_PARTS, BlobDamaged, Blobs, Part
from newel.errors import NotFound, Reject
from newel.testing.blobs_cases.data import keys, put, read, sent, some


class Parts:
    """What holds for a blob that arrives in parts."""

    async def test_parts_come_in_any_order(self, store: Blobs) -> None:
        data = some(2 * store.part_size + 9)
        cuts = {number: data[(number - 1) * store.part_size : number * store.part_size] for number in (1, 2, 3)}
        upload = await store.multipart("a/b", content_type="video/x-test")
        parts = []
        for number in (3, 1, 2):
            part = await upload.put_part(number, sent(cuts[number]), size=len(cuts[number]))
            assert (part.number, part.size) == (number, len(cuts[number]))
            parts.append(part)
            assert await keys(store) == []
        blob = await upload.finish(parts)
        assert (blob.key, blob.size, blob.content_type) == ("a/b", len(data), "video/x-test")
        assert await read(store, "a/b") == data
        assert (await store.head("a/b")).content_type == "video/x-test"

    async def test_another_process_goes_on(self, tmp_path: Path) -> None:
        async with self.make(tmp_path, "site") as first:  # type: ignore[attr-defined]  # of the suite
            size = first.part_size
            begun = await first.multipart("a/b", content_type="video/x-test")
            one = await begun.put_part(1, sent(some(size, 1)), size=size)
            id = begun.id
        async with self.make(tmp_path, "site") as second:  # type: ignore[attr-defined]  # of the suite
            upload = await second.multipart("a/b", id=id)
            assert upload.id == id
            two = await upload.put_part(2, sent(b"end"), size=3)
            await upload.finish([one, two])
            assert await read(second, "a/b") == some(size, 1) + b"end"
            assert (await second.head("a/b")).content_type == "video/x-test"

    async def test_a_part_is_replaced(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        await upload.put_part(1, sent(some(store.part_size, 1)), size=store.part_size)
        new = await upload.put_part(1, sent(some(store.part_size, 2)), size=store.part_size)
        end = await upload.put_part(2, sent(b"end"), size=3)
        await upload.finish([new, end])
        assert await read(store, "a") == some(store.part_size, 2) + b"end"

    async def test_a_part_that_did_not_arrive_is_missed(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        one = await upload.put_part(1, sent(some(store.part_size)), size=store.part_size)
        with pytest.raises(NotFound):
            await upload.finish([one, Part(number=2, size=5, tag=one.tag)])
        assert await keys(store) == []
        two = await upload.put_part(2, sent(b"end"), size=3)
        assert (await upload.finish([one, two])).size == store.part_size + 3

    async def test_a_part_of_another_size_is_not_kept(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        for size in (4, 6):
            with pytest.raises(BlobDamaged):
                await upload.put_part(1, sent(b"12345", 2), size=size)
        one = await upload.put_part(1, sent(b"12345", 2), size=5)
        await upload.finish([one])
        assert await read(store, "a") == b"12345"

    async def test_what_is_no_part_is_refused(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        for number, size in ((0, 1), (10_001, 1), (-1, 1), (1, LARGEST_PARTS * store.part_size + 1), (1, -1)):
            with pytest.raises(Reject):
                await upload.put_part(number, sent(b"x"), size=size)
        one = await upload.put_part(1, sent(b"x"), size=1)
        for parts in ([], [one, one]):
            with pytest.raises(Reject):
                await upload.finish(parts)
        await upload.finish([one])

    async def test_what_was_dropped_is_gone(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        part = await upload.put_part(1, sent(b"x"), size=1)
        await upload.abort()
        await upload.abort()
        with pytest.raises(NotFound):
            await store.multipart("a", id=upload.id)
        with pytest.raises(NotFound):
            await upload.finish([part])
        with pytest.raises(NotFound):
            await upload.put_part(1, sent(b"x"), size=1)
        assert await keys(store) == []

    async def test_what_was_finished_is_no_upload(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        await upload.finish([await upload.put_part(1, sent(b"x"), size=1)])
        with pytest.raises(NotFound):
            await store.multipart("a", id=upload.id)
        await upload.abort()
        assert await read(store, "a") == b"x"

    @pytest.mark.parametrize("id", ["", "missing", "../../site", "a" * 300, "0" * 32, "x\0y"])
    async def test_an_upload_that_is_none_is_not_found(self, store: Blobs, id: str) -> None:
        await put(store, "a")
        with pytest.raises(NotFound):
            await store.multipart("a", id=id)

    async def test_an_upload_is_of_one_key(self, store: Blobs) -> None:
        upload = await store.multipart("a")
        with pytest.raises(NotFound):
            await store.multipart("b", id=upload.id)
        await upload.abort()

    async def test_two_uploads_of_one_key(self, store: Blobs) -> None:
        one, two = await store.multipart("a"), await store.multipart("a")
        part = await one.put_part(1, sent(b"one"), size=3)
        other = await two.put_part(1, sent(b"two"), size=3)
        await two.finish([other])
        await one.finish([part])
        assert await read(store, "a") == b"one"
