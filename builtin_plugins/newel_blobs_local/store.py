"""``Blobs`` in a folder: a file for each, under its own key."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

from newel.blobs import Arriving, checked_key
from newel.contracts.blobs import Blob, BlobRead, BlobsAway, Presigned
from newel.errors import NotFound
from newel_blobs_local.config import BlobsLocalConfig
from newel_blobs_local.disk import Disk
from newel_blobs_local.facts import moment
from newel_blobs_local.folder import Folder
from newel_blobs_local.incoming import Incoming
from newel_blobs_local.private import Private
from newel_blobs_local.types import UNKNOWN, Types, mark
from newel_blobs_local.uploads import LocalUpload
from newel_blobs_local.walking import walk

PIECE = 1 << 20
PAGE = 1000
ATTEMPTS = 5
STRETCH = 64 << 20  # bytes of a file that are copied in one go; a cancellation waits for it


class LocalBlobs:
    """The files of one site. What is written goes to a temporary file first, and is renamed when it is on disk."""

    part_size = 8 << 20

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = Folder(folder)
        self.private = Private(folder)
        self.disk = disk
        self._types = Types(self.private.types, self.private.temporary)

    @classmethod
    async def opened(cls, folder: Path, config: BlobsLocalConfig) -> LocalBlobs:
        """Raises ``BootError`` where the folder cannot be used. Removes what was left behind long ago."""
        disk = Disk(config.threads)
        store = cls(folder, disk)
        try:
            await disk.run(store.private.prepare)
            await disk.run(store.private.sweep, config.abandoned_hours * 3600)
        except BaseException:
            disk.close()
            raise
        return store

    @property
    def name(self) -> str:
        return f"file:{self._folder.path}"

    async def close(self) -> None:
        self.disk.close()

    # -- writing ------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        """A temporary file that is gone after the block unless it has landed."""
        made = Incoming(self.private.temporary)
        try:
            await self.disk.run(made.open)
            yield made
        finally:
            await self.disk.run(made.discard)

    async def fill(self, incoming: Incoming, pieces: AsyncIterator[bytes], arriving: Arriving) -> None:
        """Raises ``BlobDamaged``."""
        held: list[bytes] = []  # some at a time: each change of thread has its price
        size = 0
        async for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= PIECE:
                await self.disk.run(incoming.write, *held, arriving=arriving)
                held, size = [], 0
        await self.disk.run(incoming.write, *held, arriving=arriving)
        arriving.check()

    def keep(self, incoming: Incoming, key: str, content_type: str) -> Blob:
        """Lands a file with its type. Blocking; for threads."""
        new = incoming.settle()
        with self.private.locked(key):
            told = self._types.replacing(key, content_type, new, lambda: self._stat(key))
            incoming.land(self._folder, key)
            if told:
                self._types.replaced(key, content_type)
        return Blob(key=key, size=new.st_size, modified=moment(new), content_type=content_type)

    def _stat(self, key: str) -> os.stat_result | None:
        try:
            fd = self._folder.open(key)
        except NotFound:
            return None
        try:
            return os.fstat(fd)
        finally:
            os.close(fd)

    async def put(
        self,
        key: str,
        pieces: AsyncIterator[bytes],
        *,
        content_type: str = UNKNOWN,
        size: int | None = None,
        sha256: str | None = None,
    ) -> Blob:
        checked_key(key)
        arriving = Arriving(size, sha256)
        most = PIECE if size is None else min(size, self.part_size)
        held: list[bytes] = []
        came = 0
        async for piece in pieces:
            held.append(piece)
            came += len(piece)
            if came > most:
                break
        else:  # most are small: one change of thread does it all
            return await self.disk.run(self._put_whole, key, held, arriving, content_type)
        async with self.incoming() as incoming:
            await self.disk.run(incoming.write, *held, arriving=arriving)
            held.clear()
            await self.fill(incoming, pieces, arriving)
            return await self.disk.run(self.keep, incoming, key, content_type)

    def _put_whole(self, key: str, held: Sequence[bytes], arriving: Arriving, content_type: str) -> Blob:
        incoming = Incoming(self.private.temporary)
        try:
            incoming.open()
            incoming.write(*held, arriving=arriving)
            arriving.check()
            return self.keep(incoming, key, content_type)
        finally:
            incoming.discard()

    async def put_file(self, key: str, path: Path, *, content_type: str = UNKNOWN) -> Blob:
        checked_key(key)
        source = await asyncio.to_thread(open, path, "rb")  # what is wrong with it is the caller's matter
        try:
            return await self._copied(source.fileno(), key, content_type)
        finally:
            await asyncio.to_thread(source.close)

    async def _copied(self, source: int, key: str, content_type: str) -> Blob:
        async with self.incoming() as incoming:
            start = 0
            while moved := await self.disk.run(incoming.append, source, start, STRETCH):
                start += moved
            return await self.disk.run(self.keep, incoming, key, content_type)

    async def copy(self, source: str, target: str) -> Blob:
        checked_key(target)
        checked_key(source)
        held: list[int] = []

        def opened() -> Blob:
            fd, blob = self._opened(source)
            held.append(fd)
            return blob

        try:
            blob = await self.disk.run(opened)
            return await self._copied(held[0], target, blob.content_type)
        finally:
            for fd in held:
                await self.disk.run(os.close, fd)

    async def delete(self, *keys: str) -> None:
        for key in [checked_key(key) for key in keys]:
            await self.disk.run(self._delete, key)

    def _delete(self, key: str) -> None:
        with self.private.locked(key):
            self._folder.remove(key)
            self._types.forget(key)

    async def multipart(self, key: str, *, id: str | None = None, content_type: str = UNKNOWN) -> LocalUpload:
        checked_key(key)
        if id is None:
            return await self.disk.run(LocalUpload.begun, self, key, content_type)
        return await self.disk.run(LocalUpload.found, self, key, id)

    # -- reading ------------------------------------------------------------------------------------------------------

    def _opened(self, key: str) -> tuple[int, Blob]:
        """A file and what is known of it. Blocking; for threads."""
        for left in reversed(range(ATTEMPTS)):
            fd = self._folder.open(key)
            try:
                stat = os.fstat(fd)
                type = self._types.of(key, stat)
                now = self._stat(key)
            except BaseException:
                os.close(fd)
                raise
            if now is None or mark(now) == mark(stat) or not left:
                return fd, Blob(key=key, size=stat.st_size, modified=moment(stat), content_type=type)
            os.close(fd)  # replaced in between: the type could be that of the other file
        raise AssertionError("the last attempt answers or raises")

    @asynccontextmanager
    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[BlobRead]:
        checked_key(key)
        held: list[int] = []  # a cancellation while it is being opened must not lose it

        def begun() -> tuple[Blob, int, bytes]:
            fd, blob = self._opened(key)
            held.append(fd)
            length = max(0, min(blob.size, blob.size if end is None else end) - start)
            first = os.pread(fd, min(PIECE, length), start) if length else b""
            if len(first) == length:  # most files are small: one change of thread does it all
                os.close(held.pop())
            return blob, length, first

        try:
            blob, length, first = await self.disk.run(begun)
            pieces = self._pieces(held, first, start, length)
            try:
                yield BlobRead(blob=blob, start=start, length=length, pieces=pieces)
            finally:
                await pieces.aclose()
        finally:
            for fd in held:
                await self.disk.run(os.close, fd)

    async def _pieces(self, held: Sequence[int], data: bytes, start: int, length: int) -> AsyncGenerator[bytes, None]:
        end = start + length
        while start < end:
            if not data:
                raise BlobsAway("the file was cut off while it was read")
            start += len(data)
            yield data
            if start < end:
                data = await self.disk.run(os.pread, held[0], min(PIECE, end - start), start)

    async def head(self, key: str) -> Blob:
        def looked() -> Blob:
            fd, blob = self._opened(checked_key(key))
            os.close(fd)
            return blob

        return await self.disk.run(looked)

    async def list(self, prefix: str = "", *, after: str = "") -> AsyncIterator[Blob]:
        found = walk(self._folder, prefix, after)
        while page := await self.disk.run(lambda: [*islice(found, PAGE)]):
            for blob in page:
                yield blob

    async def presign_get(
        self, key: str, *, seconds: int, filename: str | None = None, content_type: str | None = None
    ) -> Presigned | None:
        checked_key(key)
        return None

    async def presign_put(self, key: str, *, seconds: int, size: int, content_type: str) -> Presigned | None:
        checked_key(key)
        return None
