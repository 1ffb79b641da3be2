"""Which files belong to a snapshot: written down while it is open, read when it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO

import orjson

from newel.contracts.backup import KeptBlob
from newel.contracts.database import Database, Queries
from newel_backup.taking.parts import Parts

LINES = 1000


async def listed(parts: Parts, database: Database, reader: Queries, spool: IO[bytes]) -> int:
    """Writes down which files belong to the snapshot, so that reading them needs no open transaction; answers their
    bytes. Parts with files are few, and each one's are in order: they are merged by key."""
    total, lines = 0, list[bytes]()
    streams = [part.blobs(database, reader) for part in parts.with_blobs() if part.blobs is not None]
    heads = {place: head for place, stream in enumerate(streams) async for head in _next(stream)}
    while heads:
        place = min(heads, key=lambda at: heads[at].key)
        head = heads.pop(place)
        lines.append(orjson.dumps([head.key, head.size, head.sha256]) + b"\n")
        if len(lines) == LINES:
            await asyncio.to_thread(spool.writelines, lines)
            lines.clear()
        total += head.size
        async for head in _next(streams[place]):
            heads[place] = head
    await asyncio.to_thread(spool.writelines, lines)
    return total


async def _next(stream: AsyncIterator[KeptBlob]) -> AsyncIterator[KeptBlob]:
    """One, or none."""
    try:
        yield await anext(stream)
    except StopAsyncIteration:
        return


async def spooled(spool: IO[bytes]) -> AsyncIterator[KeptBlob]:
    await asyncio.to_thread(spool.seek, 0)
    while lines := await asyncio.to_thread(spool.readlines, 1 << 18):
        last = ""
        for line in lines:
            key, size, sha256 = orjson.loads(line)
            if key != last:
                yield KeptBlob(key=key, size=size, sha256=sha256)
            last = key
