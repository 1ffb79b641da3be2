"""Runs statements for a plugin: in its open transaction or alone, within a time, with errors it can read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from logging import Logger
from typing import Any, TypeVar

from newel.contracts.database import (
    Away,
    Contention,
    Database,
    ForeignKeyViolation,
    Queries,
    Row,
    Transaction,
    UniqueViolation,
    Value,
)
from newel.errors import NewelError
from newel.transact import transact
from newel_lua.model import LuaFault, LuaRefused, Run
from newel_lua.modules.db.catalogue import Catalogue, Known
from newel_lua.modules.db.kinds import OVERFLOW
from newel_lua.modules.db.turns import Turns

T = TypeVar("T")
SECONDS = 5.0
RESULT = 8 * 1024 * 1024
"""Bytes of one result."""
KEY = "db"
"""Of the state of ``db.transaction`` in ``Run.kept``."""


class Running:
    """The database as a plugin's call sees it."""

    def __init__(self, database: Database, catalogue: Catalogue, log: Logger, seconds: float) -> None:
        self._database = database
        self._catalogue = catalogue
        self._log = log
        self._seconds = seconds
        self._turns = Turns()
        self._fragile = database.dialect == "postgresql"

    async def one(self, run: Run, text: str, values: Mapping[str, Value]) -> Row | None:
        return await self.guarded(run, None, lambda: self._queries(run).fetch_one(text, values))

    async def all(self, run: Run, text: str, values: Mapping[str, Value]) -> list[Row]:
        return await self.guarded(run, None, lambda: self._queries(run).fetch_all(text, values))

    async def bounded(self, run: Run, text: str, values: Mapping[str, Value]) -> list[Row]:
        """The rows, as long as they are not too much to hold."""
        return await self.guarded(run, None, lambda: self._bounded(run, text, values))

    async def _bounded(self, run: Run, text: str, values: Mapping[str, Value]) -> list[Row]:
        found: list[Row] = []
        size = 0
        rows: Any = self._queries(run).iterate(text, values)
        async with aclosing(rows):
            async for row in rows:
                size += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
                if size > RESULT:
                    raise LuaRefused(f"the result has more than {RESULT} bytes: ask for fewer rows or columns")
                found.append(row)
        return found

    async def write(self, run: Run, known: Known, text: str, values: Mapping[str, Value]) -> int:
        """One statement; run again where another writer was in its way. Answers how many rows it matched."""
        return await self.body(run, known, lambda queries: queries.execute(text, values), alone=True)

    async def write_many(self, run: Run, known: Known, text: str, rows: Sequence[Mapping[str, Value]]) -> int:
        return await self.body(run, known, lambda queries: queries.execute_many(text, rows), alone=True)

    async def body(self, run: Run, known: Known, body: Callable[[Any], Awaitable[T]], *, alone: bool = False) -> T:
        """Runs ``body`` whole or not at all. ``alone``: it is one statement, so it needs no transaction of its own."""
        if self._is_open(run):
            return await self.guarded(run, known, lambda: self._inside(self._transaction(run), body, alone))
        return await self.guarded(run, known, lambda: self._outside(body, alone))

    async def _inside(self, tx: Transaction, body: Callable[[Any], Awaitable[T]], alone: bool) -> T:
        if alone and not self._fragile:  # a statement that fails leaves nothing, and the rest goes on
            return await body(tx)
        async with tx.savepoint():
            return await body(tx)

    async def _outside(self, body: Callable[[Any], Awaitable[T]], alone: bool) -> T:
        if alone:
            try:
                return await body(self._database)
            except Contention:
                pass
        return await transact(self._database, body)

    def _state(self, run: Run) -> Any:
        return run.kept.get(KEY)

    def _transaction(self, run: Run) -> Transaction:
        state = self._state(run)
        if state is not None and state.lost:
            raise LuaRefused(f"the transaction was undone: {state.lost}")
        if run.tx is None:
            raise LuaFault("the transaction is over")
        return run.tx

    def _queries(self, run: Run) -> Queries:
        return self._transaction(run) if self._is_open(run) else self._database

    def _is_open(self, run: Run) -> bool:
        return run.tx is not None or self._state(run) is not None

    async def guarded(self, run: Run, known: Known | None, work: Callable[[], Awaitable[T]]) -> T:
        """Awaits work on the database. Raises ``LuaRefused`` with what a plugin can be told."""
        try:
            async with asyncio.timeout(self._seconds):
                if self._is_open(run):
                    return await work()
                async with self._turns.each(run.plugin.name), self._turns.all:
                    return await work()
        except (LuaFault, LuaRefused):
            raise
        except TimeoutError:
            self._lost(run, told := f"the database took longer than {self._seconds:g} seconds")
            raise LuaRefused(told) from None
        except UniqueViolation as error:
            raise LuaRefused(f"unique violation: {_columns(known, error.index)}") from None
        except ForeignKeyViolation:
            raise LuaRefused("foreign key violation: a row that is pointed at is missing, or is still in use") from None
        except NewelError as error:
            if isinstance(error, Contention | Away):
                self._lost(run, error.detail)
            raise LuaRefused(error.detail) from None
        except Exception as error:  # noqa: BLE001 - what else an engine may say is its own; a plugin is told all the same
            said = str(error).partition("\n")[0]
            self._catalogue.forget(run.plugin.name)
            self._lost(
                run, told := OVERFLOW if said == "integer overflow" else "the database could not run a statement"
            )
            self._log.warning("a statement of a plugin failed", extra={"plugin": run.plugin.name, "error": said})
            raise LuaRefused(told) from None

    def _lost(self, run: Run, why: str) -> None:
        """Nothing of the open transaction can be kept."""
        state = self._state(run)
        if state is not None:
            state.lost = state.lost or why


def _columns(known: Known | None, index: str) -> str:
    """The columns of a unique index, of what an engine tells of it: its name, its columns, or the primary key's."""
    if known is not None:
        for one in known.definition.indexes:
            if one.name(known.physical) == index:
                return ", ".join(one.columns)
    if "." in index:
        return ", ".join(part.strip().rpartition(".")[2] for part in index.split(","))
    return "id"
