"""Where a file lies while it arrives and is looked at: on this machine's disk, gone when the act is over."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen

from newel import TooLarge, Transient

FOLDER = "data/spool"
ABANDONED = 86_400
"""Seconds after which what a killed process left is cleared away."""
BATCH = 1 << 18
"""Bytes that are gathered before they are hashed and written in a thread."""


@frozen(kw_only=True)
class Spooled:
    """A file that has arrived whole."""

    path: Path
    bytes: int
    sha256: str


class Spool:
    """A folder for files on their way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def open(self) -> None:
        """Makes the folder, and clears away what is older than a day: no act takes that long."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = time.time() - ABANDONED
        for left in self.folder.iterdir():
            if left.stat().st_mtime < before:
                shutil.rmtree(left, ignore_errors=True)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Path]:
        """A folder of one act, gone at the end of the block."""
        made = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self.folder))
        try:
            yield made
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, made, ignore_errors=True))

    async def take(self, pieces: AsyncIterator[bytes], path: Path, most: int) -> Spooled:
        """Writes what arrives to ``path``. Raises ``TooLarge`` as soon as more than ``most`` bytes have come, whatever
        was announced; ``Transient`` where the disk is full."""
        size, digest, waiting = 0, hashlib.sha256(), bytearray()
        try:
            with path.open("xb") as file:

                def keep(data: bytes) -> None:
                    digest.update(data)
                    file.write(data)

                async for piece in pieces:
                    size += len(piece)
                    if size > most:
                        raise TooLarge(f"a file may have {most:,} bytes at most", extra={"max_bytes": most})
                    waiting += piece
                    if len(waiting) >= BATCH:
                        await asyncio.to_thread(keep, bytes(waiting))
                        waiting.clear()
                await asyncio.to_thread(keep, bytes(waiting))
        except OSError as error:
            raise Transient("there is no room for uploads", code="spool_full", retry_after=60) from error
        return Spooled(path=path, bytes=size, sha256=digest.hexdigest())

    async def again(self, path: Path) -> Spooled:
        """A file of the spool that was changed."""
        return await asyncio.to_thread(_measured, path)


def _measured(path: Path) -> Spooled:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Spooled(path=path, bytes=file.tell(), sha256=digest)
