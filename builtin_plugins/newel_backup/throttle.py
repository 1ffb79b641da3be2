"""A store that is not written to faster than was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from newel.contracts.blobs import Blob, BlobRead, Blobs, MultipartUpload, Part, Presigned
from newel.contracts.clock import Clock

MBIT = 125_000
"""Bytes of a megabit."""
UNKNOWN = "application/octet-stream"


class Rate:
    """So many bytes a second. Whoever takes some waits until those before are through: what is idle is not saved up."""

    def __init__(self, mbit_per_second: float, clock: Clock) -> None:
        self._bytes = mbit_per_second * MBIT
        self._clock = clock
        self._free = clock.monotonic()

    async def take(self, size: int) -> None:
        now = self._clock.monotonic()
        begins = max(now, self._free)
        self._free = begins + size / self._bytes
        await self._clock.sleep(begins - now)


class Throttled:
    """``Blobs``, whose writes share a rate. A piece goes out as fast as the way is, and the next one waits for it: the
    rate is true over some seconds. Reads are as fast as ever."""

    def __init__(self, store: Blobs, rate: Rate) -> None:
        self.within = store
        self._rate = rate
        self.name = store.name
        self.part_size = store.part_size

    async def _slowly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            await self._rate.take(len(piece))
            yield piece

    async def put(
        self,
        key: str,
        pieces: AsyncIterator[bytes],
        *,
        content_type: str = UNKNOWN,
        size: int | None = None,
        sha256: str | None = None,
    ) -> Blob:
        return await self.within.put(key, self._slowly(pieces), content_type=content_type, size=size, sha256=sha256)

    async def put_file(self, key: str, path: Path, *, content_type: str = UNKNOWN) -> Blob:
        await self._rate.take((await asyncio.to_thread(path.stat)).st_size)
        return await self.within.put_file(key, path, content_type=content_type)

    async def multipart(self, key: str, *, id: str | None = None, content_type: str = UNKNOWN) -> MultipartUpload:
        return ThrottledUpload(await self.within.multipart(key, id=id, content_type=content_type), self._slowly)

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> AbstractAsyncContextManager[BlobRead]:
        return self.within.get(key, start=start, end=end)

    async def head(self, key: str) -> Blob:
        return await self.within.head(key)

    async def delete(self, *keys: str) -> None:
        await self.within.delete(*keys)

    def list(self, prefix: str = "", *, after: str = "") -> AsyncIterator[Blob]:
        return self.within.list(prefix, after=after)

    async def copy(self, source: str, target: str) -> Blob:
        return await self.within.copy(source, target)

    async def presign_get(
        self, key: str, *, seconds: int, filename: str | None = None, content_type: str | None = None
    ) -> Presigned | None:
        return await self.within.presign_get(key, seconds=seconds, filename=filename, content_type=content_type)

    async def presign_put(self, key: str, *, seconds: int, size: int, content_type: str) -> Presigned | None:
        return await self.within.presign_put(key, seconds=seconds, size=size, content_type=content_type)

    async def close(self) -> None:
        await self.within.close()


class ThrottledUpload:
    """An upload whose parts share the store's rate."""

    def __init__(self, upload: MultipartUpload, slowly: Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]) -> None:
        self._upload = upload
        self._slowly = slowly

    @property
    def id(self) -> str:
        return self._upload.id

    async def put_part(self, number: int, pieces: AsyncIterator[bytes], *, size: int) -> Part:
        return await self._upload.put_part(number, self._slowly(pieces), size=size)

    async def finish(self, parts: Sequence[Part]) -> Blob:
        return await self._upload.finish(parts)

    async def abort(self) -> None:
        await self._upload.abort()
