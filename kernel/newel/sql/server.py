"""The ``Database`` contract on a pool of links. Engines subclass it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Generic, TypeVar

from newel.contracts.database import Dialect, Row, SnapshotReader, TableShape, Transaction, Value
from newel.spans import SPAN
from newel.spans import statement as traced
from newel.sql.ending import settled
from newel.sql.figures import Figures, Load
from newel.sql.hub import Hub, check_signal
from newel.sql.link import Link
from newel.sql.locks import Locks
from newel.sql.parameters import Prepared, Style, Texts
from newel.sql.pool import Pool
from newel.sql.transactions import LinkTransaction

if TYPE_CHECKING:
    from sqlalchemy.sql.expression import ClauseElement

    from newel.sql.rendering import Renderer

L = TypeVar("L", bound=Link)
T = TypeVar("T")


class _Block(Generic[L]):
    """A connection from the pool and a transaction on it. (A class: generators cost some ten microseconds more.)"""

    __slots__ = ("_figures", "_link", "_opened", "_pool", "_prepare", "_read_only", "_texts")
    _link: L
    _opened: LinkTransaction

    def __init__(
        self,
        pool: Pool[L],
        texts: Texts,
        figures: Figures,
        *,
        read_only: bool,
        prepare: Callable[[L], None] | None = None,
    ) -> None:
        self._pool = pool
        self._texts = texts
        self._figures = figures
        self._read_only = read_only
        self._prepare = prepare

    async def __aenter__(self) -> LinkTransaction:
        self._link = link = await self._pool.take()
        try:
            if self._prepare is not None:
                self._prepare(link)
            self._opened = LinkTransaction(link, self._texts, self._figures, read_only=self._read_only)
            await self._opened.begin()
        except BaseException:
            self._pool.give(link)
            raise
        return self._opened

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            await self._opened.end(commit=kind is None)
        finally:
            self._pool.give(self._link)


class ServerDatabase(ABC, Generic[L]):
    """One database of a server. An engine gives what is abstract here, and ``Pool`` a way to open its links.

    Signals stay in this process unless the engine overrides ``notify``, ``listen`` and ``reaches_all``.
    """

    dialect: Dialect
    collation: str
    reaches_all = False

    def __init__(self, pool: Pool[L], style: Style, opens: Callable[[], Awaitable[L]]) -> None:
        """``opens`` gives connections outside the pool, for locks."""
        self.pool = pool
        self.figures = Figures()
        self.hub = Hub()
        self._texts = Texts(style)
        self._locks = Locks(opens, self.acquire)
        self._renderer: Renderer | None = None

    @property
    def load(self) -> Load:
        """How much the pool is asked for."""
        return self.pool.load

    @property
    @abstractmethod
    def server(self) -> str:
        """What runs and in which version."""

    @abstractmethod
    def renderer(self) -> Renderer:
        """Made once, when first needed: SQLAlchemy is slow to import."""

    @abstractmethod
    async def now(self) -> datetime:
        """The engine's clock, in UTC."""

    @abstractmethod
    async def acquire(self, link: L, name: str, seconds: float | None) -> bool:
        """Takes the server's lock of that name for this connection; whether it was given in time (``None``: ever)."""

    @abstractmethod
    async def tables(self) -> list[TableShape]:
        """All tables, by name."""

    @abstractmethod
    async def recount(self) -> None:
        """Puts self-counting columns behind the largest number in use."""

    @abstractmethod
    async def size(self, table: str | None = None) -> int:
        """Bytes on disk."""

    @abstractmethod
    async def compact(self) -> None:
        """Gives room back, and renews what the planner knows."""

    @abstractmethod
    async def check(self) -> list[str]:
        """What is wrong."""

    async def _alone(self, text: Prepared, call: Callable[[L], Awaitable[T]]) -> T:
        """One statement as its own transaction. Cancelled, it is stopped at the server."""
        link = await self.pool.take()
        begun = perf_counter()
        failed: Exception | None = None
        try:
            return await call(link)
        except asyncio.CancelledError:
            await settled(link)
            raise
        except Exception as error:
            self.figures.failed(error)
            failed = error
            raise
        except BaseException:
            link.abort()  # left in the middle: the loop is being torn down
            raise
        finally:
            self.figures.took(begun, write=not text.reads)
            if SPAN.get() is not None:
                traced(text.sql, begun, failed)
            self.pool.give(link)

    async def fetch_one(self, statement: str, values: Mapping[str, Value] | None = None) -> Row | None:
        text = self._texts.of(statement)
        return await self._alone(text, lambda link: link.fetch_one(text, values))

    async def fetch_all(self, statement: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        text = self._texts.of(statement)
        return await self._alone(text, lambda link: link.fetch(text, values))

    async def execute(self, statement: str, values: Mapping[str, Value] | None = None) -> int:
        text = self._texts.of(statement)
        return await self._alone(text, lambda link: link.run(text, values))

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Value]]) -> int:
        if not rows:
            return 0
        async with self.transaction() as tx:
            return await tx.execute_many(statement, rows)

    async def iterate(self, statement: str, values: Mapping[str, Value] | None = None) -> AsyncIterator[Row]:
        if not self._texts.of(statement).reads:
            for row in await self.fetch_all(statement, values):
                yield row
            return
        async with (
            _Block(self.pool, self._texts, self.figures, read_only=True) as opened,
            aclosing(opened.iterate(statement, values)) as rows,
        ):
            async for row in rows:
                yield row

    def transaction(self, *, read_only: bool = False) -> AbstractAsyncContextManager[Transaction]:
        return _Block(self.pool, self._texts, self.figures, read_only=read_only)

    @asynccontextmanager
    async def snapshot(self, readers: int = 1) -> AsyncIterator[Sequence[SnapshotReader]]:
        """One reader, whatever is asked for; an engine that can have more overrides it."""
        async with self.reading() as opened:
            yield [opened]

    def reading(self, prepare: Callable[[L], None] | None = None) -> AbstractAsyncContextManager[LinkTransaction]:
        """A read-only transaction; ``prepare`` gets its connection before it begins."""
        return _Block(self.pool, self._texts, self.figures, read_only=True, prepare=prepare)

    def render(self, clause: ClauseElement) -> str:
        if self._renderer is None:
            self._renderer = self.renderer()
        return self._renderer(clause)

    def lock(self, name: str, *, wait: float | None = None) -> AbstractAsyncContextManager[None]:
        return self._locks.held(name, wait)

    async def notify(self, channel: str, payload: str = "") -> None:
        check_signal(channel, payload)
        self.hub.tell(channel, payload)

    def listen(self, *channels: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, str]]]:
        return self.hub.listen(*channels)

    async def close(self) -> None:
        """Ends all connections."""
        await self.pool.close()
