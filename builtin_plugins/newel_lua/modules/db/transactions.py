"""``db.transaction``: the server's half. The Lua half runs the function between ``begin`` and ``commit``.

A transaction is held open by a task of its own: whatever becomes of the plugin, it ends, after ``seconds`` at the
latest, since on SQLite everybody who writes waits for it.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress

from attrs import define, field

from newel.contracts.database import Database, Transaction
from newel.errors import NewelError
from newel_lua.model import LuaFault, Returns, Run
from newel_lua.modules.db.running import KEY
from newel_lua.modules.db.turns import Turns


class _Undo(Exception):
    """Makes the database undo."""


@define(eq=False)
class Open:
    """A transaction of a plugin. ``lost`` says why nothing of it can be kept."""

    over: asyncio.Future[bool] = field(factory=lambda: asyncio.get_running_loop().create_future())
    task: asyncio.Task[None] | None = None
    """Who holds it open; ``None``: it is a savepoint of a transaction that somebody else holds."""
    point: AbstractAsyncContextManager[None] | None = None
    lost: str = ""

    def end(self, *, commit: bool) -> None:
        if not self.over.done():
            self.over.set_result(commit)


class Transactions:
    """Begins and ends them, one a call."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._turns = Turns()

    async def begin(self, run: Run) -> Returns:
        """Answers ``true``, or ``false`` and why not."""
        if KEY in run.kept:
            raise LuaFault("db.transaction: transactions do not nest")
        state = Open()
        if run.tx is not None:
            state.point = run.tx.savepoint()
            await state.point.__aenter__()
            run.kept[KEY] = state
            return Returns((True,))
        opened: asyncio.Future[Transaction] = asyncio.get_running_loop().create_future()
        state.task = asyncio.create_task(self._held(state, opened, run.plugin.name), name="lua-transaction")
        run.stack.push_async_callback(self._closed, run, state)
        await asyncio.wait((state.task, opened), timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        if opened.done():
            run.tx = opened.result()
            run.kept[KEY] = state
            return Returns((True,))
        await self._closed(run, state)
        error = _error(state.task)
        return Returns((False, _told(error) if error else f"the database was busy for {self._seconds:g} seconds"))

    async def commit(self, run: Run) -> Returns:
        """Answers ``true``, or ``false`` and why nothing was kept."""
        state = self._taken(run)
        if state.lost:
            await self._ended(run, state, commit=False)
            return Returns((False, state.lost))
        why = await self._ended(run, state, commit=True)
        return Returns((False, why) if why else (True,))

    async def roll_back(self, run: Run) -> Returns:
        await self._ended(run, self._taken(run), commit=False)
        return Returns((True,))

    def _taken(self, run: Run) -> Open:
        state: Open | None = run.kept.pop(KEY, None)
        if state is None:
            raise LuaFault("db.transaction: there is none")
        return state

    async def _ended(self, run: Run, state: Open, *, commit: bool) -> str:
        """Why nothing was kept; empty: it was, or nobody wanted it to be."""
        if state.point is not None:
            undo = None if commit else _Undo()
            with suppress(_Undo):
                await state.point.__aexit__(None if undo is None else _Undo, undo, None)
            return ""
        state.end(commit=commit)
        assert state.task is not None  # noqa: S101 - set where it was begun
        try:
            await asyncio.wait([state.task])
        finally:
            run.tx = None
        error = _error(state.task)
        return state.lost or (_told(error) if error else "")

    async def _closed(self, run: Run, state: Open) -> None:
        """At the end of the call, however it came: what is still open is undone."""
        assert state.task is not None  # noqa: S101 - set where it was begun
        if state.task.done():
            return
        if run.kept.get(KEY) is state:
            del run.kept[KEY]
        state.end(commit=False)
        if run.tx is None:  # it has not begun
            state.task.cancel()
        await asyncio.wait([state.task])
        _error(state.task)
        run.tx = None

    async def _held(self, state: Open, opened: asyncio.Future[Transaction], plugin: str) -> None:
        with suppress(_Undo):
            async with self._turns.each(plugin), self._turns.all, self._database.transaction() as tx:
                opened.set_result(tx)
                try:
                    async with asyncio.timeout(self._seconds):
                        commit = await state.over
                except TimeoutError:
                    state.lost = f"it was open for longer than {self._seconds:g} seconds"
                    raise _Undo from None
                if not commit:
                    raise _Undo


def _error(task: asyncio.Task[None]) -> BaseException | None:
    """Why it failed. (Asked of each, since asyncio complains of an error that nobody looked at.)"""
    return None if task.cancelled() else task.exception()


def _told(error: BaseException) -> str:
    return error.detail if isinstance(error, NewelError) else "the database could not keep it"
