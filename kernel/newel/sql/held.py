"""Our backend for `databases`: one ``databases.Database`` is one driver connection, opened once and held.

`databases` gives the connection object, its life and its query lock. What it asks us to run is a function of the
driver's connection, not a SQLAlchemy clause: text and values reach the driver as they are, so nothing is compiled per
query. Its own pools and transactions are not used, since they lose connections when a task is cancelled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Generic, TypeVar

import databases
from databases.core import Connection, DatabaseURL
from databases.interfaces import ConnectionBackend, DatabaseBackend, TransactionBackend

R = TypeVar("R")
T = TypeVar("T")
_numbers = count(1)


class _Connection(ConnectionBackend):
    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def _run(self, query: Any) -> Any:
        return await query(self._raw)

    # What `databases` calls.
    fetch_all = fetch_one = execute = _run

    async def acquire(self) -> None:
        """Nothing: it is open from ``connect`` to ``disconnect``."""

    async def release(self) -> None:
        """Nothing, and without awaiting: a cancelled task can leave nothing behind here."""

    def transaction(self) -> TransactionBackend:
        raise NotImplementedError("use Database.transaction()")

    @property
    def raw_connection(self) -> Any:
        return self._raw


class HeldBackend(DatabaseBackend):
    """Opens its one connection, and closes it."""

    def __init__(
        self, url: DatabaseURL | str, *, opens: Callable[[], Awaitable[Any]], closes: Callable[[Any], Awaitable[None]]
    ) -> None:
        self._opens = opens
        self._closes = closes
        self._raw: Any = None

    async def connect(self) -> None:
        self._raw = await self._opens()

    async def disconnect(self) -> None:
        await self._closes(self._raw)

    def connection(self) -> _Connection:
        return _Connection(self._raw)


class Held(Generic[R]):
    """A driver connection ``raw`` of the type ``R``, as `databases` holds it."""

    def __init__(self, database: databases.Database, connection: Connection, raw: R) -> None:
        self._database = database
        self._connection = connection
        self.raw = raw

    @classmethod
    async def open(
        cls, dialect: str, opens: Callable[[], Awaitable[R]], closes: Callable[[R], Awaitable[None]]
    ) -> Held[R]:
        """``dialect`` is one that `databases` knows (``postgresql``, ``mysql``). Its URL holds no secret, nor says
        where the server is: ``opens`` knows."""
        scheme = f"{dialect}+newel"
        databases.Database.SUPPORTED_BACKENDS[scheme] = "newel.sql.held:HeldBackend"
        database = databases.Database(f"{scheme}://connection-{next(_numbers)}", opens=opens, closes=closes)
        await database.connect()
        connection = database.connection()
        await connection.__aenter__()
        return cls(database, connection, connection.raw_connection)

    async def ask(self, call: Callable[[R], Awaitable[T]]) -> T:
        """Runs a function of the connection, after those that run."""
        query: Any = call  # `databases` hands it through to our backend
        answer: Any = await self._connection.fetch_all(query)
        return answer  # type: ignore[no-any-return]  # what the call answered

    async def close(self) -> None:
        await self._database.disconnect()
