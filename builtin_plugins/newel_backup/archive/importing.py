"""An archive becomes a snapshot in a repository, or nothing does."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from newel.contracts.clock import Clock
from newel.errors import Conflict
from newel.structure import Structurer, rfc3339
from newel_backup.archive.faults import BadArchive
from newel_backup.archive.judging import Listed, Rows
from newel_backup.archive.manifest import (
    LIST,
    MANIFEST,
    README,
    Packed,
    PackedEntry,
    PackedTable,
    file_entry,
    packed_from,
    table_entry,
)
from newel_backup.archive.reading import Archive, opened
from newel_backup.repo import locks
from newel_backup.repo.cutter import PIECE, Sizes
from newel_backup.repo.files import FileLine
from newel_backup.repo.manifest import KeptFiles, KeptTable, Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import Chunks, Stream, StreamWriter, Writer

if TYPE_CHECKING:
    from newel_backup.work import Told
Took = Callable[[int], None]


class Nowhere:
    """Takes chunks and keeps nothing: for looking at an archive."""

    sizes = Sizes()

    def __init__(self, told: Took) -> None:
        self._told = told

    async def put(self, data: bytes) -> str:
        self._told(len(data))
        return "0" * 64


class Importing:
    """One archive, in an open file with a number."""

    def __init__(self, file: IO[bytes], structurer: Structurer, clock: Clock, told: Told = lambda *_: None) -> None:
        self._file = file
        self._structurer = structurer
        self._clock = clock
        self._told = told
        self._done = 0
        self._total = 0

    async def look(self) -> Packed:
        """Reads all of it, and answers its manifest. Raises ``BadArchive``, ``TooNew``."""
        async with self._opened() as (archive, packed):
            await self._taken(archive, packed, Nowhere(self._took))
        return packed

    async def into(self, opening: AbstractAsyncContextManager[Repository]) -> Snapshot:
        """The repository is opened when the archive looks as if it could be taken.

        Raises ``BadArchive``, ``TooNew``, ``Locked``, ``BlobsAway``, and ``Conflict`` where the snapshot is there
        already. Then there is no new snapshot; chunks that were written are used by the next one, or pruned."""
        async with (
            self._opened() as (archive, packed),
            opening as repository,
            locks.held(repository, self._clock, "import") as lock,
        ):
            if any(one.id == packed.id for one in await repository.manifests()):
                raise Conflict(f"the snapshot {packed.id} is there already", code="snapshot_there")
            await asyncio.to_thread(_fits, repository.blobs.name, archive.declared)
            async with Writer(repository, await repository.present(), self._took) as writer:
                tables, files = await self._taken(archive, packed, writer)
            snapshot = Snapshot(
                id=packed.id, repository=repository.config.id, site=packed.site, node=packed.node, newel=packed.newel,
                engine=packed.engine, schedule=packed.schedule, started_at=packed.started_at, at=packed.at,
                ended_at=packed.ended_at, plugins=packed.plugins, steps=packed.steps, parts=packed.parts,
                tables=tables, files=files, missing=packed.missing, missing_count=packed.missing_count,
                imported_at=rfc3339(self._clock.now()), new_chunks=writer.counted.new, added=writer.counted.added,
            )  # fmt: skip
            await lock.still()
            await repository.put_manifest(snapshot.id, self._structurer.unstructure(snapshot))
        return snapshot

    def _took(self, size: int) -> None:
        self._done += size
        self._told("importing", self._done, self._total)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[tuple[Archive, Packed]]:
        async with opened(self._file) as archive:
            packed = packed_from(await archive.manifest(), self._structurer, self._clock)
            self._total = packed.bytes
            _agree(archive, packed)
            yield archive, packed

    async def _taken(self, archive: Archive, packed: Packed, to: Chunks) -> tuple[dict[str, KeptTable], KeptFiles]:
        tables = {name: await _table(archive, name, one, to) for name, one in sorted(packed.tables.items())}
        return tables, await _files(archive, packed, to)


def _agree(archive: Archive, packed: Packed) -> None:
    """Whether the directory has what the manifest says, as far as that can be told without unpacking."""
    wanted = {table_entry(name): table.entry.bytes for name, table in packed.tables.items()}
    wanted[LIST] = packed.files.entry.bytes
    for name, size in wanted.items():
        if archive.size(name) != size:
            raise BadArchive(f"{name} is not there, or has another size than manifest.json says")
    others = archive.names - wanted.keys() - {README, MANIFEST}
    if stray := [name for name in others if not name.startswith(file_entry(""))]:
        raise BadArchive(f"it has an entry that manifest.json does not name: {min(stray)[:100]!a}")
    if len(others) != packed.files.count or packed.files.entry.lines != packed.files.count:
        raise BadArchive(f"it has {len(others)} files, and says that it has {packed.files.count}")


async def _table(archive: Archive, name: str, table: PackedTable, to: Chunks) -> KeptTable:
    stream, rows = StreamWriter(to), Rows(table_entry(name), len(table.columns), len(table.key))
    async with aclosing(archive.pieces(table_entry(name))) as pieces:
        async for piece in pieces:
            await stream.add(lambda piece=piece: rows.take(piece))  # type: ignore[misc]  # bound now, called at once
    rows.end()
    kept = await stream.end()
    _same(table_entry(name), table.entry, kept)
    return KeptTable(part=table.part, columns=table.columns, key=table.key, stream=kept)


def _same(name: str, said: PackedEntry, found: Stream) -> None:
    if (said.lines, said.bytes, said.sha256) != (found.lines, found.bytes, found.sha256):
        raise BadArchive(f"{name} is not what manifest.json says")


async def _files(archive: Archive, packed: Packed, to: Chunks) -> KeptFiles:
    stream, listed, seen = StreamWriter(to), Listed(LIST), hashlib.sha256()
    count = size = 0
    async with aclosing(archive.pieces(LIST)) as pieces:
        async for piece in pieces:
            seen.update(piece)
            for key, length, sha256, kind in await asyncio.to_thread(listed.take, piece):
                line = FileLine(key, length, sha256, kind, await _file(archive, key, length, sha256, to))
                await stream.add_one(key.encode(), line.line)
                count, size = count + 1, size + length
    listed.end()
    if (count, size, seen.hexdigest()) != (packed.files.count, packed.files.bytes, packed.files.entry.sha256):
        raise BadArchive(f"{LIST} is not what manifest.json says")
    return KeptFiles(count=count, bytes=size, stream=await stream.end())


async def _file(archive: Archive, key: str, size: int, sha256: str, to: Chunks) -> tuple[str, ...]:
    name, found, ids = file_entry(key), hashlib.sha256(), []
    if archive.size(name) != size:
        raise BadArchive(f"{name} is not there, or has another size than {LIST} says")
    folders = key.split("/")[:-1]
    if any(archive.size(file_entry("/".join(folders[: place + 1]))) >= 0 for place in range(len(folders))):
        raise BadArchive(f"{name} lies in a file")
    async with aclosing(archive.pieces(name, PIECE)) as pieces:
        async for piece in pieces:
            await asyncio.to_thread(found.update, piece)
            ids.append(await to.put(piece))
    if found.hexdigest() != sha256:
        raise BadArchive(f"{name} is not what {LIST} says")
    return tuple(ids)


def _fits(store: str, declared: int) -> None:
    """Raises ``Conflict`` where a folder has less room than an archive says that it needs."""
    kind, _, path = store.partition(":")
    if kind != "file":
        return
    folder = next(one for one in (Path(path), *Path(path).parents) if one.exists())
    if declared > (free := shutil.disk_usage(folder).free):
        raise Conflict(f"it becomes {declared:,} bytes, and {folder} has room for {free:,}", code="no_room")
