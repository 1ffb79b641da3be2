"""One connection: statements, cursors and transactions, as the kit wants them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import asyncpg

from newel.contracts.database import Row, Value
from newel.sql.held import Held
from newel.sql.link import Values
from newel.sql.parameters import Prepared
from newel_postgres.faults import translated, unfitting

T = TypeVar("T")
FIRST_ROWS = 50
MOST_ROWS = 1000
BATCH_BYTES = 1_000_000
CLOSE_SECONDS = 5.0
_EXPORTED = re.compile(r"[0-9A-F-]{1,64}")
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
# BEGIN alone takes no snapshot yet; the first statement does.
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"
_INTEGERS = frozenset(("int2", "int4", "int8"))
_COUNTS = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE"))
_DDL = re.compile(r"\s*(create|alter|drop|truncate|reindex|vacuum|analyze)\b", re.IGNORECASE)
_PLAIN_INSERT = re.compile(r"\s*insert\s(?!.*\b(select|on\s+conflict|returning)\b)", re.IGNORECASE | re.DOTALL)
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)
Raw: TypeAlias = asyncpg.Connection
NOTHING = Prepared("", (), reads=False)


async def nothing(raw: Raw) -> None:
    """An empty statement: allowed in every state of a transaction. Raises what asyncpg raises where it goes wrong."""
    try:
        await raw.execute("")
    except AttributeError:
        # asyncpg 0.32 looks for the status of a statement, which an empty one has not: it was run. It finds that of the
        # statement before, unless that one was cancelled, or there was none.
        if raw.is_closed():
            raise


class PostgresLink:
    """asyncpg's connection, held by `databases`. Prepared statements are kept by asyncpg, by their text."""

    fragile = True

    def __init__(self, held: Held[Raw], limit: float = 0.0) -> None:
        """``limit`` is how many seconds an answer may take, however dead the network is; 0: as long as it takes."""
        self.limit = limit
        self._held = held
        self._raw = held.raw
        self._begun = False
        self._snapshot = False
        self.adopts = ""
        """The exported snapshot that the next read-only transaction sees, once."""
        self._integers: dict[str, frozenset[int]] = {}  # of statements that were given a float

    @property
    def broken(self) -> bool:
        return bool(self._raw.is_closed())

    async def _ask(self, call: Callable[[Raw], Awaitable[T]], text: Prepared, values: Any = None) -> T:
        inside = self._raw.is_in_transaction()
        late = asyncio.get_running_loop().call_later(self.limit, self._raw.terminate) if self.limit else None
        try:
            return await self._held.ask(call)
        except Exception as error:
            told = translated(
                error, text, values, closed=self._raw.is_closed(), inside=inside, snapshot=inside and self._snapshot
            )
            if told is error:
                raise
            # Not chained: what asyncpg says quotes values.
            raise told from None
        finally:
            if late is not None:
                late.cancel()

    async def _given(self, text: Prepared, values: Values) -> tuple[Value, ...]:
        arguments = text.arguments(values)
        if float in map(type, arguments):
            await self._whole(text, arguments, values)
        return arguments

    async def _whole(self, text: Prepared, arguments: tuple[Value, ...], values: Values) -> None:
        """asyncpg would cut a fraction off where an integer is wanted."""
        known = self._integers.get(text.sql)
        if known is None:
            made = await self._ask(lambda raw: raw.prepare(text.sql), text, values)
            known = frozenset(n for n, one in enumerate(made.get_parameters()) if one.name in _INTEGERS)
            self._integers[text.sql] = known
        for n in known:
            if isinstance(arguments[n], float):
                raise unfitting(text, text.names[n], "float", "expected int")

    async def fetch(self, text: Prepared, values: Values) -> list[Row]:
        arguments = await self._given(text, values)
        records = await self._ask(lambda raw: raw.fetch(text.sql, *arguments), text, values)
        return _rows(records)

    async def fetch_one(self, text: Prepared, values: Values) -> Row | None:
        arguments = await self._given(text, values)
        if text.reads:
            record = await self._ask(lambda raw: raw.fetchrow(text.sql, *arguments), text, values)
            return None if record is None else dict(zip(record.keys(), record, strict=True))
        rows = await self.fetch(text, values)
        return rows[0] if rows else None

    async def run(self, text: Prepared, values: Values) -> int:
        arguments = await self._given(text, values)
        if _DDL.match(text.sql):
            return await self._change_tables(text)
        status = await self._ask(lambda raw: raw.execute(text.sql, *arguments), text, values)
        if self._raw.is_in_transaction() is not self._begun:
            self.abort()  # whoever uses it next would not know where he is
            raise RuntimeError(f"use Database.transaction() instead of {text.sql}")
        return _counted(status)

    async def _change_tables(self, text: Prepared) -> int:
        """Takes as long as it takes: an index on a large table is no request, nor is a VACUUM."""
        limit, self.limit = self.limit, 0.0
        local = "LOCAL " if self._raw.is_in_transaction() else ""
        try:
            await self._ask(lambda raw: raw.execute(f"SET {local}statement_timeout = 0"), text)
            await self._ask(lambda raw: raw.execute(text.sql), text)
        finally:
            self.limit = limit
            if not local and not self.broken:
                await self._ask(lambda raw: raw.execute("RESET statement_timeout"), text)
        return 0

    async def run_many(self, text: Prepared, rows: Sequence[Mapping[str, Value]]) -> int:
        arguments = [await self._given(text, row) for row in rows]
        if _PLAIN_INSERT.match(text.sql):
            await self._ask(lambda raw: raw.executemany(text.sql, arguments), text, rows)
            return len(rows)
        # asyncpg tells no counts of many; rows that come back can be counted.
        sql = text.sql if _RETURNING.search(text.sql) else f"{text.sql}\nRETURNING 1"
        return len(await self._ask(lambda raw: raw.fetchmany(sql, arguments), text, rows))

    async def stream(self, text: Prepared, values: Values) -> PostgresCursor:
        arguments = await self._given(text, values)

        async def opened(raw: Raw) -> Any:
            return await raw.cursor(text.sql, *arguments)

        return PostgresCursor(await self._ask(opened, text, values), self, text)

    async def begin(self, *, read_only: bool) -> None:
        self._snapshot = read_only
        self._begun = True
        adopted, self.adopts = self.adopts, ""
        if adopted and read_only:
            if _EXPORTED.fullmatch(adopted) is None:
                raise ValueError(f"{adopted!r} is no snapshot of PostgreSQL")
            await self.command(f"{SNAPSHOT[: SNAPSHOT.index(';')]}; SET TRANSACTION SNAPSHOT '{adopted}'")
            return
        await self.command(SNAPSHOT if read_only else BEGIN)

    async def command(self, text: str) -> None:
        await self._ask(lambda raw: raw.execute(text), Prepared(text, (), reads=False))

    async def commit(self) -> None:
        text = Prepared("COMMIT", (), reads=False)
        self._begun = False
        status = await self._ask(lambda raw: raw.execute("COMMIT"), text)
        if status != "COMMIT":  # of a transaction that failed PostgreSQL says ROLLBACK, and no error
            raise RuntimeError("nothing was committed: a statement failed")

    async def roll_back(self) -> None:
        self._begun = False
        if self._raw.is_in_transaction():
            await self.command("ROLLBACK")

    async def settle(self) -> None:
        # asyncpg asks the server to stop what was cancelled, and waits for that before the next statement: this one.
        await self._ask(nothing, NOTHING)

    async def ping(self) -> None:
        await self._ask(nothing, NOTHING)

    async def close(self) -> None:
        await self._held.close()

    def abort(self) -> None:
        self._raw.terminate()


class PostgresCursor:
    """A portal of the server. The transaction's end frees it."""

    def __init__(self, cursor: Any, link: PostgresLink, text: Prepared) -> None:
        self._cursor = cursor
        self._link = link
        self._text = text
        self._count = FIRST_ROWS

    async def more(self) -> list[Row]:
        rows = _rows(await self._link._ask(lambda raw: self._cursor.fetch(self._count), self._text))
        if rows:
            size = sum(len(value) for row in rows for value in row.values() if isinstance(value, str | bytes))
            self._count = max(1, min(MOST_ROWS, BATCH_BYTES // max(size // len(rows), 1)))
        return rows

    async def close(self) -> None:
        self._cursor = None


def _rows(records: Sequence[asyncpg.Record]) -> list[Row]:
    if not records:
        return []
    names = tuple(records[0].keys())
    return [dict(zip(names, record, strict=True)) for record in records]


def _counted(status: str) -> int:
    word, _, rest = status.partition(" ")
    return int(rest.rpartition(" ")[2]) if word in _COUNTS else 0
