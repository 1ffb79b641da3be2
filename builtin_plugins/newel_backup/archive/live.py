"""The site as it is now into an archive: one point in time, as a backup."""

from __future__ import annotations

import asyncio
import hashlib
import platform
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from typing import IO, TYPE_CHECKING

from newel import versions
from newel.contracts.backup import BLOBS_KEPT, KeptBlob
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database, SnapshotReader
from newel.errors import Conflict, NotFound
from newel.structure import rfc3339
from newel_backup.archive.files import FilesPacking, given
from newel_backup.archive.manifest import Packed, PackedFiles, PackedTable, table_entry
from newel_backup.archive.packing import Packing
from newel_backup.repo.manifest import MOST_MISSING, KeptPart, KeptStep
from newel_backup.repo.rows import lines
from newel_backup.taking.listing import listed, spooled
from newel_backup.taking.parts import Parts
from newel_backup.taking.run import STEPS
from newel_backup.taking.tables import Reading

if TYPE_CHECKING:
    from newel.app import App

HELD = 8 << 20
"""Bytes of a file that is read once; a larger one is looked at first and read again, so that nothing of a file that is
not whole gets into the archive."""
Expects = Callable[[int], None]


async def live(app: App, packing: Packing, *, site: str, node: str = "", expects: Expects = lambda _: None) -> Packed:
    """Writes all but the manifest, which is answered. ``expects`` hears of the bytes of all files.

    The database's snapshot is open until all tables have gone out.
    """
    database, store = app.need(Database), app.find(Blobs)
    started, parts = rfc3339(app.clock.now()), Parts.of(app)
    async with AsyncExitStack() as stack:
        if store is not None:
            await stack.enter_async_context(database.lock(BLOBS_KEPT))
        spool = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        async with database.snapshot(1) as (reader,):
            at = rfc3339(app.clock.now())
            shapes = await database.tables()
            kept = parts.kept(shape.name for shape in shapes)
            readings = [Reading.of(database, one, kept[one.name]) for one in shapes if one.name in kept]
            steps = [KeptStep(**row) for row in await reader.fetch_all(STEPS)]
            expects(await listed(parts, database, reader, spool) if store is not None else 0)
            tables = {one.name: await _table(reader, one, packing) for one in sorted(readings, key=_name)}
        files, missing = await _files(store, packing, spool)
    named = {part.name: part for part in kept.values()}
    return Packed(
        id=app.ids.new(), site=site, node=node or platform.node(), newel=versions.VERSION, engine=database.server,
        started_at=started, at=at, ended_at=rfc3339(app.clock.now()),
        plugins={name: one.version for name, one in sorted(app.manifests.items())}, steps=tuple(steps),
        parts=tuple(KeptPart(name=one.name, summary=one.summary, comes=one.comes) for _, one in sorted(named.items())),
        tables=tables, files=files, missing=tuple(missing[:MOST_MISSING]), missing_count=len(missing),
    )  # fmt: skip


def _name(reading: Reading) -> str:
    return reading.name


async def _table(reader: SnapshotReader, reading: Reading, packing: Packing) -> PackedTable:
    places = range(len(reading.key))

    async def pieces() -> AsyncIterator[bytes]:
        async with aclosing(reader.batches(reading.statement)) as batches:  # type: ignore[type-var]  # a generator in all engines
            async for rows in batches:
                yield await asyncio.to_thread(lambda rows=rows: b"".join(line for _, line in lines(rows, places)))  # type: ignore[misc]  # bound now

    entry = await packing.entry(table_entry(reading.name), pieces(), lines=True)
    return PackedTable(part=reading.part, columns=reading.columns, key=reading.key, entry=entry)


async def _files(store: Blobs | None, packing: Packing, wanted: IO[bytes]) -> tuple[PackedFiles, list[str]]:
    with tempfile.TemporaryFile() as listing:
        files = FilesPacking(packing, listing)
        missing = [blob.key async for blob in spooled(wanted) if store is None or not await _file(store, blob, files)]
        return await files.end(), missing


async def _file(store: Blobs, blob: KeptBlob, files: FilesPacking) -> bool:
    """Whether the store has it as it should be."""
    held, found, size = [], hashlib.sha256(), 0
    try:
        async with store.get(blob.key) as read:
            kind = read.blob.content_type
            if read.blob.size != blob.size:
                return False
            async for piece in read.pieces:
                found.update(piece)
                size += len(piece)
                if blob.size <= HELD:
                    held.append(piece)
    except NotFound:
        return False
    digest = found.hexdigest()
    if size != blob.size or (blob.sha256 and digest != blob.sha256):
        return False
    pieces = given(*held) if blob.size <= HELD else _again(store, blob.key)
    entry = await files.add(blob.key, size, kind, pieces)
    if (entry.bytes, entry.sha256) != (size, digest):
        raise Conflict(f"{blob.key} changed while it was read", code="file_changed")
    return True


async def _again(store: Blobs, key: str) -> AsyncIterator[bytes]:
    async with store.get(key) as read:
        async for piece in read.pieces:
            yield piece
