"""Where an import lies while it is read: a file without a name, which is gone with the process."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, cast

from newel import TooLarge, Transient

FOLDER = "data/spool"
MOST = 16 << 30
"""Bytes of an import."""


def kept_file(site: Path) -> BinaryIO:
    """A new one. Blocks."""
    folder = site / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))


async def kept(pieces: AsyncIterator[bytes], file: BinaryIO) -> None:
    """Writes what arrives. Raises ``TooLarge``; ``Transient`` where the disk is full."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > MOST:
            raise TooLarge(f"an import may have {MOST:,} bytes at most", extra={"max_bytes": MOST})
        await put(file, size - len(piece), piece)


async def put(file: BinaryIO, offset: int, data: bytes) -> None:
    """Writes in its place."""

    def write() -> None:
        file.seek(offset)
        file.write(data)

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        raise Transient("there is no room for imports", code="spool_full", retry_after=60) from error
