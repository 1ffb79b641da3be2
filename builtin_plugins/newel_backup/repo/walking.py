"""What a snapshot consists of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from newel_backup.repo.files import files_of
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import Stream, chunks_of


def streams_of(snapshot: Snapshot) -> Iterator[tuple[str, Stream]]:
    """All streams of a snapshot: those of its tables by their names, and the list of files as ``files``."""
    for name, table in sorted(snapshot.tables.items()):
        yield f"table {name}", table.stream
    yield "files", snapshot.files.stream


async def chunks_needed(
    repository: Repository, snapshot: Snapshot, seen: set[tuple[str, ...]] | None = None
) -> AsyncIterator[tuple[str, str]]:
    """Every chunk that a snapshot needs, with what for; some come more than once. Only lists are read.

    ``seen``: streams that were gone through already are left out, and those gone through now are noted: snapshots share
    most of theirs. Raises ``Damaged`` where a list cannot be read.
    """
    for name, stream in streams_of(snapshot):
        if seen is not None and stream.lists in seen:
            continue
        for id in stream.lists:
            yield id, name
        async for id, _ in chunks_of(repository, stream):
            yield id, name
        if stream is snapshot.files.stream:
            async for line in files_of(repository, stream):
                for id in line.pieces:
                    yield id, f"file {line.key}"
        if seen is not None:
            seen.add(stream.lists)
