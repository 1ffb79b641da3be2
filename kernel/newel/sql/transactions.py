"""Open transactions on a link: what callers hold between BEGIN and COMMIT."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from time import perf_counter
from typing import TypeVar

from newel.contracts.database import Away, Row, Value
from newel.spans import SPAN
from newel.spans import statement as traced
from newel.sql.ending import rolled_back, surely, undone
from newel.sql.figures import Figures
from newel.sql.link import Cursor, Link
from newel.sql.parameters import Prepared, Texts

T = TypeVar("T")
COMMIT_SECONDS = 60.0


class LinkTransaction:
    """One statement at a time, cursors that end with it, and an end that nobody can cancel."""

    def __init__(self, link: Link, texts: Texts, figures: Figures, *, read_only: bool) -> None:
        self._figures = figures
        self._link = link
        self._texts = texts
        self._read_only = read_only
        self._turn = asyncio.Lock()
        self._over = False
        self._points = 0
        self._cursors: set[Cursor] = set()
        self._cancelled = False
        self._failed = False

    async def begin(self) -> None:
        """Opens it. Where it raises, nothing is open."""
        try:
            await self._link.begin(read_only=self._read_only)
        except BaseException:
            await undone(self._link)
            raise

    def _lost(self) -> str:
        """Why nothing of it can be committed any more."""
        if self._cancelled:
            return "a statement in it was cancelled"
        return "a statement in it failed outside a savepoint" if self._failed else ""

    def _check(self) -> None:
        if self._over:
            raise RuntimeError("the transaction is over: use it inside its block only")
        if lost := self._lost():
            raise RuntimeError(f"the transaction was rolled back: {lost}")
        if self._link.broken:
            raise Away("the connection to the database was lost; nothing was written")

    async def _do(self, text: str, call: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            self._check()
            begun = perf_counter()
            failed: BaseException | None = None
            try:
                return await call()
            except asyncio.CancelledError:
                # Whether it was carried out is not known to its caller, so nobody may commit the rest without it.
                self._cancelled = True
                raise
            except BaseException as error:
                failed = error
                self._failed = self._link.fragile
                if isinstance(error, Exception):
                    self._figures.failed(error)
                raise
            finally:
                self._figures.took(begun, write=not self._read_only)
                if SPAN.get() is not None:
                    traced(text, begun, failed)

    def _text(self, statement: str, *, writes: bool = False) -> Prepared:
        text = self._texts.of(statement)
        if self._read_only and (writes or not text.reads):
            raise RuntimeError(f"the transaction is read-only: {statement}")
        return text

    async def fetch_one(self, statement: str, values: Mapping[str, Value] | None = None) -> Row | None:
        text = self._text(statement)
        return await self._do(text.sql, lambda: self._link.fetch_one(text, values))

    async def fetch_all(self, statement: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        text = self._text(statement)
        return await self._do(text.sql, lambda: self._link.fetch(text, values))

    async def execute(self, statement: str, values: Mapping[str, Value] | None = None) -> int:
        text = self._text(statement, writes=True)
        return await self._do(text.sql, lambda: self._link.run(text, values))

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Value]]) -> int:
        if not rows:
            return 0
        if len(rows) == 1:
            return await self.execute(statement, rows[0])
        text = self._text(statement, writes=True)
        if self._link.fragile:  # a failure undoes more than this anyway
            return await self._do(text.sql, lambda: self._link.run_many(text, rows))
        async with self.savepoint():
            return await self._do(text.sql, lambda: self._link.run_many(text, rows))

    async def iterate(self, statement: str, values: Mapping[str, Value] | None = None) -> AsyncGenerator[Row, None]:
        text = self._text(statement)
        if not text.reads:
            for row in await self.fetch_all(statement, values):
                yield row
            return
        async with aclosing(self._streamed(text, values)) as batches:
            async for rows in batches:
                for row in rows:
                    yield row

    async def batches(
        self, statement: str, values: Mapping[str, Value] | None = None
    ) -> AsyncGenerator[Sequence[Sequence[Value]], None]:
        async with aclosing(self._streamed(self._text(statement), values)) as batches:
            async for rows in batches:
                yield [tuple(row.values()) for row in rows]

    async def _streamed(self, text: Prepared, values: Mapping[str, Value] | None) -> AsyncGenerator[list[Row], None]:
        cursor = await self._do(text.sql, lambda: self._opened(text, values))
        try:
            while rows := await self._do("FETCH", cursor.more):
                yield rows
        finally:
            if cursor in self._cursors:
                await surely(self._closed(cursor))

    async def _opened(self, text: Prepared, values: Mapping[str, Value] | None) -> Cursor:
        cursor = await self._link.stream(text, values)
        self._cursors.add(cursor)
        return cursor

    async def _closed(self, cursor: Cursor) -> None:
        async with self._turn:
            if cursor in self._cursors:
                self._cursors.discard(cursor)
                if not self._lost() and not self._link.broken:
                    await cursor.close()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self._points += 1
        name = f"point_{self._points}"
        await self._command(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            await self._back_to(name)
            raise
        await self._command(f"RELEASE SAVEPOINT {name}")

    async def _command(self, text: str) -> None:
        await surely(self._do(text, lambda: self._link.command(text)))

    async def _back_to(self, name: str) -> None:
        if self._over or self._cancelled or self._link.broken:
            return
        self._failed = False  # what failed within the savepoint goes with it
        await self._command(f"ROLLBACK TO SAVEPOINT {name}")
        await self._command(f"RELEASE SAVEPOINT {name}")

    async def end(self, *, commit: bool) -> None:
        """Commits or rolls back. Raises where a commit that was asked for did not happen.

        A cancellation meanwhile is raised after the fact.
        """
        self._over = True
        commit = commit and not self._read_only
        await surely(self._ended(commit))
        if commit and (lost := self._lost()):
            raise RuntimeError(f"nothing was committed: {lost}")

    async def _ended(self, commit: bool) -> None:
        async with self._turn:
            if not commit or self._lost():
                if self._cancelled:
                    await undone(self._link)
                else:
                    await self._close_cursors()
                    await rolled_back(self._link)
                return
            if self._link.broken:
                raise Away("the connection to the database was lost; nothing was committed")
            await self._close_cursors()
            await self._committed()

    async def _close_cursors(self) -> None:
        cursors, self._cursors = self._cursors, set()
        if not self._failed and not self._link.broken:
            for cursor in cursors:
                await cursor.close()

    async def _committed(self) -> None:
        late = asyncio.get_running_loop().call_later(COMMIT_SECONDS, self._link.abort)
        begun = perf_counter()
        failed: BaseException | None = None
        try:
            await self._link.commit()
        except BaseException as error:
            failed = error
            if isinstance(error, Exception):
                self._figures.failed(error)
            await rolled_back(self._link)
            raise
        finally:
            self._figures.took(begun, write=True)
            if SPAN.get() is not None:
                traced("COMMIT", begun, failed)
            late.cancel()
