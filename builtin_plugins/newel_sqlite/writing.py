"""The one connection that writes, and the queue in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from newel_sqlite.backend import Line, Order
from newel_sqlite.reading import Reader, patiently
from newel_sqlite.statements import Statements
from newel_sqlite.transactions import WriteTransaction, plainly


class Writer:
    """One writer at a time, in the order they came (``asyncio.Lock`` queues fairly)."""

    def __init__(self, line: Line, reader: Reader, statements: Statements, patience: float) -> None:
        self._line = line
        self._reader = reader
        self._statements = statements
        self._patience = patience
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None
        self.waiting = 0
        """Who waits for its turn."""

    @asynccontextmanager
    async def _mine(self) -> AsyncIterator[None]:
        task = asyncio.current_task()
        if self._owner is task and self._lock.locked():
            raise RuntimeError("this task has a transaction open and would wait for itself: use the transaction")
        self.waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self.waiting -= 1
        self._owner = task
        try:
            yield
        finally:
            self._owner = None
            self._lock.release()

    async def alone(self, order: Order) -> Any:
        """One statement as its own transaction. Cancelled, it is undone if it had not ended yet."""
        async with self._mine():
            try:
                return await patiently(lambda: self._line.ask(order), self._patience)
            finally:
                if self._line.raw.in_transaction:  # somebody ran BEGIN by hand
                    await self._line.ask(plainly("ROLLBACK"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteTransaction]:
        async with self._mine():
            # Takes SQLite's write lock at once, so one that reads first never finds the door shut when it writes.
            begin = plainly("BEGIN IMMEDIATE", brief=True)
            await patiently(lambda: self._line.ask(begin), self._patience)
            opened = WriteTransaction(self._line, self._reader, self._statements)
            try:
                yield opened
            except BaseException:
                await opened.end(commit=False)
                raise
            await opened.end(commit=True)

    async def close(self) -> None:
        """Lets the present writer end, for a while, then closes."""
        with suppress(TimeoutError):  # closing rolls back what is still open
            async with asyncio.timeout(self._patience):
                await self._lock.acquire()
        await self._line.close()
