"""The ``Database`` contract on SQLite: who goes to the writer, who to a reader."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import evolve

from newel.clock import SystemClock
from newel.contracts.clock import Clock
from newel.contracts.database import Row, SnapshotReader, TableShape, Transaction, Value
from newel.sql.figures import Figures, Load
from newel.sql.hub import Hub, check_signal
from newel_sqlite.backend import Line, Order, Watch
from newel_sqlite.config import SqliteConfig
from newel_sqlite.faults import Busy, TooSlow
from newel_sqlite.locks import held
from newel_sqlite.looking import shapes, size_of
from newel_sqlite.opening import check_library, close_writer, open_reader, open_writer
from newel_sqlite.place import Place, prepare
from newel_sqlite.reading import Ask, Pool, Reader
from newel_sqlite.statements import Statements, all_rows, columns_as_text, count, count_many, first_row
from newel_sqlite.transactions import ReadTransaction, plainly
from newel_sqlite.worker import Worker
from newel_sqlite.writing import Writer

if TYPE_CHECKING:
    from sqlalchemy.sql.expression import ClauseElement

    from newel.sql.rendering import Renderer


class SqliteDatabase:
    """One file: a writing connection, one for short reads in the event loop, and a pool for all other reads."""

    dialect: Literal["sqlite"] = "sqlite"
    server = f"SQLite {sqlite3.sqlite_version}"
    collation = ""
    reaches_all = False

    def __init__(
        self,
        place: Place,
        config: SqliteConfig,
        worker: Worker,
        writing: Line,
        front: Line,
        clock: Clock,
        watch: Watch,
        figures: Figures,
    ) -> None:
        self.figures = figures
        self._place = place
        self._clock = clock
        self._hub = Hub()
        self._renderer: Renderer | None = None
        self._patience = config.busy_timeout
        self._worker = worker
        self._front = front
        self._statements = Statements()
        self.reader = Reader(config.inline_ms / 1000, config.busy_timeout, watch)
        self._writer = Writer(writing, self.reader, self._statements, config.busy_timeout)
        self._pool = Pool(
            lambda number: Line.open(
                f"reader-{number}", partial(open_reader, place.path, config), watch=watch, figures=figures
            ),
            config.readers,
            config.busy_timeout,
        )

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, place: Place, config: SqliteConfig, clock: Clock | None = None, watch: Watch = perf_counter
    ) -> AsyncIterator[Self]:
        """The open database. ``BootError`` says in words why it cannot be opened. ``watch`` times the short reads."""
        check_library()
        figures = Figures()
        worker = Worker("newel-sqlite-writer")
        try:
            await worker.run(partial(prepare, place.path))
            writing = await Line.open(
                "writer",
                partial(open_writer, place.path, config, passing=place.passing),
                close_writer,
                worker,
                watch=watch,
                figures=figures,
                writes=True,
            )
            opens = partial(open_reader, place.path, config)
            front = await Line.open("front", opens, worker=worker, watch=watch, figures=figures)
            made = cls(place, config, worker, writing, front, clock or SystemClock(), watch, figures)
            try:
                yield made
            finally:
                await made._close()
        finally:
            await worker.stop(place.remove)

    @property
    def load(self) -> Load:
        """Of the readers; who waits to write counts as waiting."""
        return evolve(self._pool.load, waiting=self._pool.load.waiting + self._writer.waiting)

    async def _close(self) -> None:
        # The writer last: only then is nobody left, and the log is folded into the file.
        await self._pool.close()
        await self._front.close()
        await self._writer.close()

    async def fetch_one(self, statement: str, values: Mapping[str, Value] | None = None) -> Row | None:
        row: Row | None = await self._fetch(first_row, statement, values)
        return row

    async def fetch_all(self, statement: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        rows: list[Row] = await self._fetch(all_rows, statement, values)
        return rows

    async def _fetch(self, ask: Ask, text: str, values: Mapping[str, Value] | None) -> Any:
        statement = self._statements.of(text)
        if not statement.reads:
            return await self._writer.alone(Order(partial(ask, statement=statement, values=values), text))
        try:
            return await self.reader.brief(self._front, ask, statement, values)
        except (TooSlow, Busy):
            pass
        async with self._pool.lent() as line:
            return await self.reader.slow(line, ask, statement, values)

    async def execute(self, statement: str, values: Mapping[str, Value] | None = None) -> int:
        known = self._statements.of(statement)
        total: int = await self._writer.alone(Order(partial(count, statement=known, values=values), statement))
        return total

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Value]]) -> int:
        if not rows:
            return 0
        known = self._statements.of(statement)
        total: int = await self._writer.alone(Order(partial(count_many, statement=known, rows=rows), statement))
        return total

    async def iterate(self, statement: str, values: Mapping[str, Value] | None = None) -> AsyncIterator[Row]:
        if not self._statements.of(statement).reads:
            for row in await self.fetch_all(statement, values):
                yield row
            return
        async with self._snapshot() as opened, aclosing(opened.iterate(statement, values)) as rows:
            async for row in rows:
                yield row

    def transaction(self, *, read_only: bool = False) -> AbstractAsyncContextManager[Transaction]:
        return self._snapshot() if read_only else self._writer.transaction()

    @asynccontextmanager
    async def snapshot(self, readers: int = 1) -> AsyncIterator[Sequence[SnapshotReader]]:
        async with AsyncExitStack() as stack:
            # Half of the pool at most: the site reads meanwhile.
            count = max(1, min(readers, self._pool.size // 2))
            if count == 1:
                yield [await stack.enter_async_context(self._snapshot())]
                return
            async with self._writer.transaction():  # nobody commits while they begin, in no process
                opened = [await stack.enter_async_context(self._snapshot()) for _ in range(count)]
            yield opened

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[ReadTransaction]:
        async with self._pool.lent() as line:
            opened = ReadTransaction(line, self.reader, self._statements)
            await opened.begin(self._patience)
            try:
                yield opened
            finally:
                await opened.end()

    def render(self, clause: ClauseElement) -> str:
        if self._renderer is None:
            from sqlalchemy.dialects.sqlite.base import SQLiteDialect

            from newel.sql.rendering import Renderer

            self._renderer = Renderer(SQLiteDialect)
        return self._renderer(clause)

    async def now(self) -> datetime:
        # A library in this process: its clock is ours.
        return self._clock.now()

    def lock(self, name: str, *, wait: float | None = None) -> AbstractAsyncContextManager[None]:
        return held(self._place.path, name, wait)

    async def notify(self, channel: str, payload: str = "") -> None:
        check_signal(channel, payload)
        self._hub.tell(channel, payload)

    def listen(self, *channels: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, str]]]:
        return self._hub.listen(*channels)

    async def tables(self) -> list[TableShape]:
        async with self._snapshot() as snapshot:
            return await shapes(snapshot)

    async def recount(self) -> None:
        # SQLite counts on from the largest number by itself.
        return

    async def size(self, table: str | None = None) -> int:
        if table is not None:
            return await size_of(self, table)
        path = self._place.path

        def measured() -> int:
            files = (path, path.with_name(path.name + "-wal"))
            return sum(file.stat().st_size for file in files if file.exists())

        return await self._worker.run(measured)

    async def compact(self) -> None:
        for text in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA analysis_limit=1000", "ANALYZE"):
            await self._writer.alone(plainly(text))

    async def check(self) -> list[str]:
        complaints: list[str] = []
        async with self._pool.lent() as line:
            try:
                found = await self._checked(line, "PRAGMA integrity_check")
                complaints += [str(row["integrity_check"]) for row in found if row["integrity_check"] != "ok"]
                strays = await self._checked(line, "PRAGMA foreign_key_check")
                complaints += [f"foreign key: {text}" for text in columns_as_text(strays)]
            except sqlite3.DatabaseError as error:  # too damaged to be checked to the end
                complaints.append(str(error))
        return complaints

    async def _checked(self, line: Line, text: str) -> list[Row]:
        rows: list[Row] = await self.reader.slow(line, all_rows, self._statements.of(text), None)
        return rows
