"""Open transactions: what callers hold between BEGIN and COMMIT."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from newel.contracts.database import Row, Value
from newel_sqlite.backend import Line, Order
from newel_sqlite.reading import Ask, Reader, patiently
from newel_sqlite.statements import (
    Statement,
    Statements,
    all_rows,
    batch,
    count,
    count_many,
    first_row,
    opened,
    plain_batch,
)

T = TypeVar("T")


async def surely(lock: asyncio.Lock) -> bool:
    """Takes the lock, even if the task is cancelled meanwhile; says whether it was."""
    cancelled = False
    while True:
        try:
            await lock.acquire()
        except asyncio.CancelledError:
            cancelled = True
        else:
            return cancelled


def plainly(text: str, *, brief: bool = False) -> Order:
    """A statement without values or answer that ends by itself. ``brief``: it touches no disk, so it runs inline."""
    return Order(lambda raw: raw.execute(text).close(), text, brief=float("inf") if brief else 0.0, stops="never")


class OpenTransaction:
    """What both kinds share: one statement at a time, cursors that end with it, and an end nobody can cancel."""

    def __init__(self, line: Line, reader: Reader, statements: Statements) -> None:
        self._line = line
        self._reader = reader
        self._statements = statements
        self._turn = asyncio.Lock()
        self._over = False
        self._cursors: set[sqlite3.Cursor] = set()

    def _check(self) -> None:
        if self._over:
            raise RuntimeError("the transaction is over: use it inside its block only")

    async def fetch_one(self, statement: str, values: Mapping[str, Value] | None = None) -> Row | None:
        row: Row | None = await self._fetch(first_row, statement, values)
        return row

    async def fetch_all(self, statement: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        rows: list[Row] = await self._fetch(all_rows, statement, values)
        return rows

    async def _fetch(self, ask: Ask, text: str, values: Mapping[str, Value] | None) -> Any:
        statement = self._statements.of(text)
        if not statement.reads:
            return await self._write(partial(ask, statement=statement, values=values), text)
        async with self._turn:
            self._check()
            return await self._reader.on(self._line, ask, statement, values)

    async def execute(self, statement: str, values: Mapping[str, Value] | None = None) -> int:
        known = self._statements.of(statement)
        total: int = await self._write(partial(count, statement=known, values=values), statement)
        return total

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Value]]) -> int:
        if not rows:
            return 0
        known = self._statements.of(statement)
        total: int = await self._write(partial(count_many, statement=known, rows=rows), statement)
        return total

    async def _write(self, run: Any, text: str) -> Any:
        raise NotImplementedError

    async def iterate(self, statement: str, values: Mapping[str, Value] | None = None) -> AsyncGenerator[Row]:
        async with aclosing(self._streamed(statement, values, batch)) as batches:
            async for rows in batches:
                for row in rows:
                    yield row

    def batches(
        self, statement: str, values: Mapping[str, Value] | None = None
    ) -> AsyncGenerator[Sequence[Sequence[Value]]]:
        return self._streamed(statement, values, plain_batch)

    async def _streamed(
        self, statement: str, values: Mapping[str, Value] | None, take: Callable[[sqlite3.Cursor], list[T]]
    ) -> AsyncGenerator[list[T]]:
        known = self._statements.of(statement)
        if not known.reads:  # INSERT ... RETURNING and the like: they must end before anything else may begin
            yield await self._fetch(all_rows, statement, values)
            return
        async with self._turn:
            self._check()
            order = Order(partial(self._opened, known, values), statement, stops="softly")
            cursor: sqlite3.Cursor = await self._line.ask(order)
        more = Order(lambda raw: take(cursor), statement, stops="softly")
        try:
            while True:
                async with self._turn:
                    self._check()
                    rows: list[T] = await self._line.ask(more)
                if not rows:
                    return
                yield rows
        finally:
            if cursor in self._cursors:
                cancelled = await surely(self._turn)
                self._cursors.discard(cursor)
                cursor.close()
                self._turn.release()
                if cancelled:
                    raise asyncio.CancelledError

    def _opened(
        self, statement: Statement, values: Mapping[str, Value] | None, raw: sqlite3.Connection
    ) -> sqlite3.Cursor:
        """In the thread. It notes the cursor itself: a task cancelled meanwhile never gets to see it, and a cursor that
        stays open keeps its connection in the past."""
        cursor = opened(raw, statement, values)
        self._cursors.add(cursor)
        return cursor

    def _close_cursors(self) -> None:
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()


class ReadTransaction(OpenTransaction):
    """A snapshot: what was committed when it began."""

    async def begin(self, patience: float) -> None:
        def pin(raw: sqlite3.Connection) -> None:
            # BEGIN alone takes no snapshot yet; the first read does.
            raw.execute("BEGIN").close()
            try:
                raw.execute("SELECT 1 FROM sqlite_schema LIMIT 1").close()
            except BaseException:
                raw.execute("ROLLBACK").close()
                raise

        await patiently(lambda: self._line.ask(Order(pin, "BEGIN", brief=float("inf"))), patience)

    async def end(self) -> None:
        self._over = True
        cancelled = await surely(self._turn)
        self._close_cursors()
        if self._line.raw.in_transaction:
            await self._line.ask(plainly("ROLLBACK", brief=True))
        self._turn.release()
        if cancelled:
            raise asyncio.CancelledError

    async def _write(self, run: Any, text: str) -> Any:
        raise RuntimeError(f"the transaction is read-only: {text}")

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self._check()
        yield


class WriteTransaction(OpenTransaction):
    """The one transaction that writes. Made and ended by ``Writer``."""

    def __init__(self, line: Line, reader: Reader, statements: Statements) -> None:
        super().__init__(line, reader, statements)
        self._points = 0
        self.lost = ""
        """Why nothing of it can be committed any more."""

    def _check(self) -> None:
        super()._check()
        if self.lost:
            raise RuntimeError(f"the transaction was rolled back: {self.lost}")

    async def _write(self, run: Any, text: str) -> Any:
        async with self._turn:
            self._check()
            try:
                return await self._line.ask(Order(run, text, stops="softly"))
            except asyncio.CancelledError:
                # Whether it was carried out is not known to its caller, so nobody may commit the rest without it.
                self.lost = "a statement in it was cancelled"
                raise
            finally:
                if not self._line.raw.in_transaction:
                    self.lost = self.lost or "the engine ended it"

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self._points += 1
        name = f"point_{self._points}"
        await self._plain(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if not self.lost and not self._over:
                await self._plain(f"ROLLBACK TO {name}")
                await self._plain(f"RELEASE {name}")
            raise
        await self._plain(f"RELEASE {name}")

    async def _plain(self, text: str) -> None:
        cancelled = await surely(self._turn)
        try:
            self._check()
            await self._line.ask(plainly(text))
        finally:
            self._turn.release()
        if cancelled:
            raise asyncio.CancelledError

    async def end(self, commit: bool) -> None:
        """Commits or rolls back. Raises where a commit that was asked for did not happen; then nothing of it is there.

        A cancellation meanwhile is raised after the fact.
        """
        self._over = True
        cancelled = await surely(self._turn)
        try:
            self._close_cursors()
            if commit and not cancelled and not self.lost:
                await self._commit()
            else:
                await self._roll_back()
        finally:
            self._turn.release()
        if cancelled:
            raise asyncio.CancelledError
        if commit and self.lost:
            raise RuntimeError(f"nothing was committed: {self.lost}")

    async def _commit(self) -> None:
        try:
            await self._line.ask(plainly("COMMIT"))
        finally:
            # Still open: COMMIT was refused (a deferred foreign key, a full disk). Its error goes up.
            await self._roll_back()

    async def _roll_back(self) -> None:
        if self._line.raw.in_transaction:
            await self._line.ask(plainly("ROLLBACK"))
