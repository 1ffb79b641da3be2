"""A snapshot into an archive."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing

from newel_backup.archive.files import FilesPacking
from newel_backup.archive.manifest import Packed, PackedFiles, PackedTable, table_entry
from newel_backup.archive.packing import Packing
from newel_backup.repo.faults import Damaged
from newel_backup.repo.files import files_of
from newel_backup.repo.manifest import KeptTable, Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import Stream, chunks_of, pieces_of


async def kept(repository: Repository, snapshot: Snapshot, packing: Packing) -> Packed:
    """Writes all but the manifest, which is answered. Raises ``Damaged``."""
    tables = {name: await _table(repository, name, one, packing) for name, one in sorted(snapshot.tables.items())}
    return Packed(
        id=snapshot.id, site=snapshot.site, node=snapshot.node, newel=snapshot.newel, engine=snapshot.engine,
        schedule=snapshot.schedule, started_at=snapshot.started_at, at=snapshot.at, ended_at=snapshot.ended_at,
        plugins=snapshot.plugins, steps=snapshot.steps, parts=snapshot.parts, tables=tables,
        files=await _files(repository, snapshot.files.stream, packing), missing=snapshot.missing,
        missing_count=snapshot.missing_count,
    )  # fmt: skip


async def _table(repository: Repository, name: str, table: KeptTable, packing: Packing) -> PackedTable:
    stream = table.stream
    pieces = pieces_of(repository, chunks_of(repository, stream))
    entry = await packing.entry(table_entry(name), pieces, size=stream.bytes, lines=True)
    if (entry.lines, entry.bytes, entry.sha256) != (stream.lines, stream.bytes, stream.sha256):
        raise Damaged(f"the rows of {name} are not as the snapshot's manifest says")
    return PackedTable(part=table.part, columns=table.columns, key=table.key, entry=entry)


async def _files(repository: Repository, stream: Stream, packing: Packing) -> PackedFiles:
    with tempfile.TemporaryFile() as listing:
        files = FilesPacking(packing, listing)
        async with aclosing(files_of(repository, stream)) as lines:  # type: ignore[type-var]  # a generator
            async for line in lines:
                pieces = pieces_of(repository, _ids(line.pieces))
                entry = await files.add(line.key, line.size, line.content_type, pieces)
                if (entry.bytes, entry.sha256) != (line.size, line.sha256):
                    raise Damaged(f"{line.key} is not as the snapshot says")
        return await files.end()


async def _ids(pieces: Iterable[str]) -> AsyncIterator[tuple[str, int]]:
    for id in pieces:
        yield id, 0
