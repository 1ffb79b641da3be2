"""Bytes for the cases, and how they are sent and read."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from newel.contracts.blobs import Blobs


def some(size: int, seed: int = 0) -> bytes:
    """Bytes that show where they were mixed up: no kilobyte comes twice."""
    rest = bytes(range(240)) * 4 + bytes(48)
    blocks = (seed.to_bytes(4, "big") + number.to_bytes(12, "big") + rest for number in range(size // 1024 + 1))
    return b"".join(blocks)[:size]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def sent(data: bytes, piece: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), piece):
        yield data[start : start + piece]


async def put(store: Blobs, key: str, data: bytes = b"x", **more: str) -> None:
    await store.put(key, sent(data), size=len(data), **more)


async def read(store: Blobs, key: str, start: int = 0, end: int | None = None) -> bytes:
    async with store.get(key, start=start, end=end) as reading:
        data = b"".join([piece async for piece in reading.pieces])
        assert reading.length == len(data)
    return data


async def keys(store: Blobs, prefix: str = "", after: str = "") -> list[str]:
    return [blob.key async for blob in store.list(prefix, after=after)]
