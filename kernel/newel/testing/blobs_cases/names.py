"""Keys: which are none, whose they are, and their order."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from newel.contracts.blobs import Blobs
from newel.errors import Reject
from newel.testing.blobs_cases.data import keys, put, read, sent

BAD = {
    "empty": "",
    "absolute": "/etc/passwd",
    "up": "../a",
    "up inside": "a/../../b",
    "here": "./a",
    "NUL": "a\0b",
    "too long": "a" * 256,
    "upper case": "A",
    "letters": "ä",
    "hidden": ".newel/x",
    "hidden inside": "a/.b",
    "empty segment": "a//b",
    "at its end": "a/",
    "line end": "a\n",
    "backslash": "a\\b",
    "percent": "%2e%2e",
}
ORDER = ["0", "a", "a-b", "a.b", "b/c-d/x", "b/c.d", "b/c/x", "b/c0", "c", "c_", "cc"]


class Names:
    """What holds for keys."""

    @pytest.mark.parametrize("key", BAD.values(), ids=BAD)
    async def test_what_is_no_key_is_refused_everywhere(self, store: Blobs, key: str, tmp_path: Path) -> None:
        await put(store, "good")
        file = tmp_path / "file"
        file.write_bytes(b"x")
        for act in (
            store.put(key, sent(b"x")), store.put_file(key, file), store.head(key), store.delete("good", key),
            store.copy("good", key), store.copy(key, "good"), store.multipart(key),
            store.presign_get(key, seconds=9), store.presign_put(key, seconds=9, size=1, content_type="a/b"),
        ):  # fmt: skip
            with pytest.raises(Reject):
                await act
        with pytest.raises(Reject):
            async with store.get(key):
                pass
        assert await keys(store) == ["good"]

    async def test_the_longest_key_is_one(self, store: Blobs) -> None:
        for key in ("a" * 255, "/".join(["ab"] * 85)):
            assert len(key) in (254, 255)
            await put(store, key, key.encode())
            assert await read(store, key) == key.encode()
            await store.delete(key)

    async def test_they_are_listed_in_order(self, store: Blobs) -> None:
        for key in reversed(ORDER):
            await put(store, key)
        assert await keys(store) == sorted(ORDER) == ORDER
        for place, key in enumerate(ORDER):
            assert await keys(store, after=key) == ORDER[place + 1 :], key
        assert await keys(store, after="b/c.") == ["b/c.d", "b/c/x", "b/c0", "c", "c_", "cc"]

    async def test_a_prefix_is_one_of_the_key(self, store: Blobs) -> None:
        for key in ORDER:
            await put(store, key)
        for prefix in ("a", "b", "b/", "b/c", "b/c/", "b/c-d/", "c", "d", "zz/", "../", "/", "b/../"):
            assert await keys(store, prefix) == [key for key in ORDER if key.startswith(prefix)], prefix
        assert await keys(store, "b/c", after="b/c.d") == ["b/c/x", "b/c0"]
        assert await keys(store, "b/c", after="b/a") == ["b/c-d/x", "b/c.d", "b/c/x", "b/c0"]
        assert await keys(store, "b/c", after="c") == []

    async def test_a_listing_tells_sizes_and_times(self, store: Blobs) -> None:
        await put(store, "a/b", b"12345", content_type="text/plain")
        (blob,) = [one async for one in store.list()]
        assert (blob.size, blob.content_type) == (5, "application/octet-stream")
        assert abs(_second(blob.modified) - _second((await store.head("a/b")).modified)) <= 1

    async def test_a_listing_that_is_left_early_holds_nothing(self, store: Blobs) -> None:
        for key in ORDER:
            await put(store, key)
        async for blob in store.list():
            assert blob.key == ORDER[0]
            break
        assert await keys(store) == ORDER

    async def test_nothing_beside_the_prefix_is_seen_or_touched(self, store: Blobs, beside: Blobs) -> None:
        await put(beside, "theirs/a", b"theirs")
        await put(store, "mine/a", b"mine")
        assert await keys(store) == ["mine/a"]
        assert await keys(beside) == ["theirs/a"]
        await store.delete("theirs/a")
        await put(store, "theirs/a", b"mine, too")
        await store.delete(*await keys(store))
        assert await read(beside, "theirs/a") == b"theirs"
        assert await keys(store) == []

    @pytest.mark.slow
    async def test_more_than_a_page_is_listed_and_deleted(self, store: Blobs) -> None:
        made = sorted(f"many/{number:04}" for number in range(1003))
        for start in range(0, len(made), 50):
            await asyncio.gather(*(put(store, key) for key in made[start : start + 50]))
        assert await keys(store) == made
        assert await keys(store, "many/", after="many/0500") == made[501:]
        await store.delete(*made[:-1], "many/missing")
        assert await keys(store) == made[-1:]


def _second(modified: str) -> float:
    assert len(modified) == 24
    return datetime.fromisoformat(modified).timestamp()
