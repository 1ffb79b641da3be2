"""Tables on their way into a repository: read by several readers on one point in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing

import sqlalchemy as sa
from attrs import frozen

from newel.contracts.backup import Part
from newel.contracts.database import Database, SnapshotReader, TableShape
from newel_backup.repo.manifest import KeptTable
from newel_backup.repo.rows import lines
from newel_backup.repo.streams import StreamWriter, Writer
from newel_backup.together import together


@frozen
class Reading:
    """A table as it is read: key first, the other columns by name, so that the order is the same on all engines."""

    name: str
    part: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    statement: str

    @classmethod
    def of(cls, database: Database, shape: TableShape, part: Part) -> Reading:
        key = shape.key or tuple(sorted(shape.columns))
        columns = (*key, *sorted(set(shape.columns) - set(key)))
        table = sa.table(shape.name, *(sa.column(name) for name in columns))
        chosen = sa.select(*(table.c[name] for name in columns)).order_by(*(table.c[name] for name in key))
        return cls(shape.name, part.name, columns, key, database.render(chosen))


async def tables_taken(
    readers: Sequence[SnapshotReader], readings: Sequence[Reading], writer: Writer
) -> Mapping[str, KeptTable]:
    """Reads all tables, as many at a time as there are readers. What the first of them fails with is raised."""
    waiting = list(reversed(readings))
    found: dict[str, KeptTable] = {}

    async def work(reader: SnapshotReader) -> None:
        while waiting:
            reading = waiting.pop()
            found[reading.name] = await _table(reader, reading, writer)

    await together(*[work(reader) for reader in readers])
    return found


async def _table(reader: SnapshotReader, reading: Reading, writer: Writer) -> KeptTable:
    stream = StreamWriter(writer)
    places = range(len(reading.key))
    async with aclosing(reader.batches(reading.statement)) as batches:  # type: ignore[type-var]  # a generator in all engines
        async for rows in batches:
            await stream.add(lambda rows=rows: lines(rows, places))  # type: ignore[misc]  # bound now, called at once
    return KeptTable(part=reading.part, columns=reading.columns, key=reading.key, stream=await stream.end())
