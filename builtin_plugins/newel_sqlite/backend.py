"""Our backend for `databases`: one ``databases.Database`` is one SQLite connection, opened once and held.

`databases` gives the connection object, its life and its query lock. What it asks us to run is an ``Order``, not a
SQLAlchemy clause: text and values go to SQLite as they are, so nothing is compiled per query. Its own transactions are
not used, since they lose connections when a task is cancelled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, Literal, cast
from urllib.parse import quote

import databases
from attrs import define
from databases.core import Connection, DatabaseURL
from databases.interfaces import ConnectionBackend, DatabaseBackend, TransactionBackend

from newel.spans import SPAN
from newel.spans import statement as traced
from newel.sql.figures import Figures
from newel_sqlite.faults import TooSlow, translated
from newel_sqlite.worker import Worker

SCHEME = "sqlite+newel"
_STEPS = 1000  # SQLite's virtual instructions between two looks at the clock: some tens of microseconds
_NEVER = float("inf")
Stops = Literal["never", "softly", "hard"]
Watch = Callable[[], float]
"""Seconds since some moment. Who asks for one may also count work instead of time."""


@define
class Order:
    """One thing to do on a connection."""

    run: Callable[[sqlite3.Connection], Any]
    text: str = ""
    """The statement, for messages."""
    brief: float = 0.0
    """Seconds it may hold up the event loop; then ``TooSlow`` is raised. 0: it runs on the connection's thread."""
    stops: Stops = "hard"
    """How a cancelled task ends it: ``never`` half way (COMMIT, ROLLBACK), ``softly`` at SQLite's next look at the
    clock, or ``hard``, also within a long sort, which ends other open cursors of the connection as well."""


class Link(ConnectionBackend):
    """A connection, and the two ways to run something on it. One order at a time: the caller sees to that."""

    def __init__(self, raw: sqlite3.Connection, worker: Worker, watch: Watch) -> None:
        self._raw = raw
        self._worker = worker
        self._watch = watch
        self._until = _NEVER
        self._stopped = False
        raw.set_progress_handler(self._over, _STEPS)

    def _over(self) -> bool:
        """Asked by SQLite as it runs; ``True`` interrupts the statement."""
        return self._stopped or self._watch() > self._until

    def _stop_softly(self) -> None:
        self._stopped = True

    def _stop_hard(self) -> None:
        # The flag holds also where the thread has not reached SQLite yet.
        self._stopped = True
        self._raw.interrupt()

    async def _run(self, query: Any) -> Any:
        order: Order = query
        self._stopped = False
        if order.brief:
            return self.run_briefly(order)
        stop = {"never": None, "softly": self._stop_softly, "hard": self._stop_hard}[order.stops]
        return await self._worker.run(partial(self._guarded, order), stop)

    def run_briefly(self, order: Order) -> Any:
        """Runs a read in the event loop, within its time. (The test kit lets functions of this name use SQLite.)"""
        self._until = self._watch() + order.brief
        try:
            return self._guarded(order)
        finally:
            self._until = _NEVER

    def _guarded(self, order: Order) -> Any:
        try:
            return order.run(self._raw)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT and not self._stopped:
                raise TooSlow from None
            told = translated(error, order.text)
            if told is error:
                raise
            raise told from error

    # What `databases` calls. It is told rows, one row or a number by the order itself.
    fetch_all = fetch_one = execute = _run

    async def acquire(self) -> None:
        """Nothing: a link is open from ``connect`` to ``disconnect``."""

    async def release(self) -> None:
        """Nothing, and without awaiting: a cancelled task can leave nothing behind here."""

    def transaction(self) -> TransactionBackend:
        raise NotImplementedError("use Database.transaction()")

    @property
    def raw_connection(self) -> sqlite3.Connection:
        return self._raw


class SqliteBackend(DatabaseBackend):
    """Opens its one connection in a thread, and closes it there."""

    def __init__(
        self,
        url: DatabaseURL | str,
        *,
        opens: Callable[[], sqlite3.Connection],
        closes: Callable[[sqlite3.Connection], None],
        worker: Worker,
        own_worker: bool,
        watch: Watch,
    ) -> None:
        self._opens = opens
        self._closes = closes
        self._worker = worker
        self._own_worker = own_worker
        self._watch = watch
        self._link: Link | None = None

    async def connect(self) -> None:
        opened: list[sqlite3.Connection] = []
        try:
            await self._worker.run(lambda: opened.append(self._opens()))
        except BaseException:
            for raw in opened:  # cancelled while it was being opened
                raw.close()
            raise
        self._link = Link(opened[0], self._worker, self._watch)

    async def disconnect(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        close = partial(self._closes, link.raw_connection)
        await (self._worker.stop(close) if self._own_worker else self._worker.run(close))

    def connection(self) -> Link:
        if self._link is None:
            raise RuntimeError("the database is closed")
        return self._link


class Line:
    """A held connection: what the rest of the plugin talks to."""

    def __init__(self, database: databases.Database, connection: Connection, figures: Figures, *, writes: bool) -> None:
        self._figures = figures
        self._writes = writes
        self._database = database
        self._connection = connection
        self.raw = cast(sqlite3.Connection, connection.raw_connection)

    @classmethod
    async def open(
        cls,
        name: str,
        opens: Callable[[], sqlite3.Connection],
        closes: Callable[[sqlite3.Connection], None] = sqlite3.Connection.close,
        worker: Worker | None = None,
        *,
        watch: Watch = perf_counter,
        figures: Figures | None = None,
        writes: bool = False,
    ) -> Line:
        """Opens a connection, on a thread of its own unless it may share ``worker``. What it does is counted in
        ``figures``, as reading or as writing."""
        databases.Database.SUPPORTED_BACKENDS[SCHEME] = "newel_sqlite.backend:SqliteBackend"
        made = worker or Worker(f"newel-sqlite-{name}")
        database = databases.Database(
            f"{SCHEME}:///{quote(name)}",
            opens=opens, closes=closes, worker=made, own_worker=worker is None, watch=watch,
        )  # fmt: skip
        try:
            await database.connect()
        except BaseException:
            if worker is None:
                await made.stop(lambda: None)
            raise
        connection = database.connection()
        await connection.__aenter__()
        return cls(database, connection, figures or Figures(), writes=writes)

    async def ask(self, order: Order) -> Any:
        """Runs an order; answers what it answers."""
        query: Any = order  # `databases` hands it through to our backend
        begun = perf_counter()
        failed: Exception | None = None
        try:
            return await self._connection.fetch_all(query)
        except TooSlow as error:  # asked again, on a thread
            failed = error
            raise
        except Exception as error:
            self._figures.failed(error)
            failed = error
            raise
        finally:
            self._figures.took(begun, write=self._writes)
            if SPAN.get() is not None and not isinstance(failed, TooSlow):
                traced(order.text, begun, failed)

    async def close(self) -> None:
        await self._database.disconnect()
