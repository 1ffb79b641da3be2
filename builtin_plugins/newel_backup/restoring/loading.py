"""Brings rows of a snapshot into an empty database, and reads every table back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing

import sqlalchemy as sa
from attrs import frozen

from newel.app import App
from newel.contracts.database import Database, SnapshotReader, TableShape, Value
from newel.errors import BootError, Conflict
from newel.hooks.lifecycle import register_table_makers
from newel.sql.statements import Texts
from newel.sql.tables import BATCH_ROWS, Ahead, emptied, in_order, pointer, pointing, written
from newel_backup.repo.manifest import KeptTable, Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.repo.rows import lines, row
from newel_backup.repo.streams import lines_of
from newel_backup.restoring.levels import Levels
from newel_backup.taking.parts import Parts
from newel_backup.together import together

READERS = 2
"""Tables that are read back side by side."""
Told = Callable[[str, int, int], None]
"""Hears of the stage, what is done of it, and how much there is."""


@frozen(kw_only=True)
class Loaded:
    """What came in."""

    rows: Mapping[str, int]
    """By table."""
    left: tuple[str, ...]
    """Tables that did not come, since their plugins are not on here."""


async def load(
    app: App,
    repository: Repository,
    snapshot: Snapshot,
    database: Database,
    parts: Collection[str],
    told: Told = lambda *_: None,
) -> Loaded:
    """Makes the tables as they were and fills those of the ``parts``; all other tables are as new ones are.

    ``database`` has no tables yet. Afterwards it is at the snapshot's steps: what starts on it migrates forward. Every
    table that came has been read back and is, byte for byte, the stream of the manifest. Raises ``Conflict`` (not
    empty, ``copy_differs``, ``row_refused``), ``TooNew``, ``Damaged``, ``BootError``; the database is then of no use.
    """
    return await _Loading(app, repository, snapshot, database, told).run(parts)


def wanted_tables(known: Parts, snapshot: Snapshot, parts: Collection[str]) -> dict[str, KeptTable]:
    """The snapshot's tables of these parts. Which part a table belongs to is for this site's plugins to say: a manifest
    that somebody wrote must not bring accounts in the guise of content."""
    return {name: snapshot.tables[name] for name, part in known.kept(snapshot.tables).items() if part.name in parts}


class _Loading:
    def __init__(self, app: App, repository: Repository, snapshot: Snapshot, database: Database, told: Told) -> None:
        self._app = app
        self._repository = repository
        self._snapshot = snapshot
        self._database = database
        self._told = told
        self._known = Parts.of(app)
        self._done = self._total = 0

    async def run(self, parts: Collection[str]) -> Loaded:
        database = self._database
        if tables := await database.tables():
            raise Conflict(f"the database to restore into is not empty: it has {tables[0].name}", code="not_empty")
        wanted = wanted_tables(self._known, self._snapshot, parts)
        self._total = sum(table.stream.lines for table in wanted.values())
        await self._make_tables()
        shapes = await self._fill({}, wanted)
        for name in parts:
            if name in self._known.known and (make := self._known.known[name].tables_made) is not None:
                await make(database)
        shapes |= await self._fill(shapes, wanted)
        await database.recount()
        left = self._left(wanted, shapes)
        await self._read_back({name: wanted[name] for name in shapes})
        for name in parts:
            if name in self._known.known and (settle := self._known.known[name].restored) is not None:
                await settle(database)
        return Loaded(rows={name: wanted[name].stream.lines for name in shapes}, left=tuple(left))

    async def _make_tables(self) -> None:
        makers = self._app.collected(register_table_makers)
        if not makers:
            raise BootError("nothing makes tables here: enable the plugin migrations")
        levels = Levels.of(self._app, self._snapshot)
        self._told("making tables", 0, 0)
        for _, make in makers:
            await make(self._database, levels.made)

    async def _fill(self, done: Mapping[str, TableShape], wanted: Mapping[str, KeptTable]) -> dict[str, TableShape]:
        """Rows of the tables that are there and not filled yet, in the order of what they point at."""
        shapes = in_order(await self._database.tables())
        new = {shape.name: shape for shape in shapes if shape.name in wanted and shape.name not in done}
        for name, shape in new.items():
            if set(shape.columns) != set(wanted[name].columns):
                raise Conflict(f"the table {name} is another one in the snapshot: {', '.join(wanted[name].columns)}")
        await emptied(self._database, list(new.values()))  # migrations put some rows into new tables
        for name, shape in new.items():
            await self._table(shape, wanted[name])
        return new

    async def _table(self, shape: TableShape, table: KeptTable) -> None:
        texts, own = Texts(self._database, shape), pointing(shape)
        points = False
        async with Ahead() as writes:
            async for rows in self._rows(table):
                if own:
                    points = points or any(one[name] is not None for one in rows for name in own)
                    rows = [{**one, **dict.fromkeys(own)} for one in rows]
                await writes.start(self._written(shape, texts, rows))
        if points:  # now that all are there; read again, since nobody holds them meanwhile
            text = texts.point(own)
            async for rows in self._rows(table):
                pointers = [pointer(one, shape, own) for one in rows if any(one[name] is not None for name in own)]
                await self._database.execute_many(text, pointers)

    async def _written(self, shape: TableShape, texts: Texts, rows: Sequence[Mapping[str, Value]]) -> None:
        await written(self._database, shape, texts, rows)
        self._done += len(rows)
        self._told("rows", self._done, self._total)

    async def _rows(self, table: KeptTable) -> AsyncIterator[list[dict[str, Value]]]:
        async with aclosing(lines_of(self._repository, table.stream)) as chunks:  # type: ignore[type-var]  # a generator
            async for found in chunks:
                for start in range(0, len(found), BATCH_ROWS):
                    yield await asyncio.to_thread(_structured, found[start : start + BATCH_ROWS], table.columns)

    def _left(self, wanted: Mapping[str, KeptTable], shapes: Collection[str]) -> list[str]:
        """Tables that nothing made. Raises ``Conflict`` for one whose plugin is on."""
        left = [name for name in wanted if name not in shapes]
        on = self._app.manifests
        for name in left:
            if self._known.of_table(name).name in self._known.known or any(
                name == one or name.startswith(f"{one}_") for one in on
            ):
                raise Conflict(f"the snapshot has a table {name} that nothing made, though its plugin is on")
        return left

    # -- reading back ---------------------------------------------------------------------------------------------

    async def _read_back(self, tables: Mapping[str, KeptTable]) -> None:
        waiting = sorted(tables.items(), key=lambda one: one[1].stream.lines)
        self._done = 0

        async def work(reader: SnapshotReader) -> None:
            while waiting:
                await self._compare(reader, *waiting.pop())

        async with self._database.snapshot(READERS) as readers:
            await together(*(work(reader) for reader in readers))

    async def _compare(self, reader: SnapshotReader, name: str, table: KeptTable) -> None:
        chosen = sa.table(name, *(sa.column(one) for one in table.columns))
        text = self._database.render(
            sa.select(*(chosen.c[one] for one in table.columns)).order_by(*(chosen.c[one] for one in table.key))
        )
        digest, count = hashlib.sha256(), 0
        async with aclosing(reader.batches(text)) as batches:  # type: ignore[type-var]  # a generator in all engines
            async for rows in batches:
                await asyncio.to_thread(_digested, digest, rows)
                count += len(rows)
                self._done += len(rows)
                self._told("comparing", self._done, self._total)
        if (count, digest.hexdigest()) != (table.stream.lines, table.stream.sha256):
            what = f"{count} of {table.stream.lines} rows" if count != table.stream.lines else "rows that differ"
            raise Conflict(f"{name} did not come back as it was: {what}", code="copy_differs")


def _structured(found: Sequence[bytes], columns: Sequence[str]) -> list[dict[str, Value]]:
    width = len(columns)
    return [dict(zip(columns, row(line, width), strict=True)) for line in found]


def _digested(digest: hashlib._Hash, rows: Sequence[Sequence[Value]]) -> None:
    for _, line in lines(rows, ()):
        digest.update(line)
