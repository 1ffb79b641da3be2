"""A process that dies at a chosen call of its database: before it, or when the engine has done it and nobody knows.

What counts is every call on a connection: statements, BEGIN, COMMIT, savepoints. A death in this process raises
``Died``, which nobody catches, and from then on nothing of the dead task reaches the engine: a server finds the
connection cut, SQLite finds its file as the log has it. ``kill`` is ``SIGKILL`` in earnest, for child processes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import pytest
from attrs import define, field

from newel.testing.engines import current

When = Literal["before", "after"]


class Died(BaseException):
    """The process is no more."""


@define
class Death:
    """Counts the calls of a task and of those that it starts; dies at number ``at`` (from 1), or at its first COMMIT
    (-1), or never (0)."""

    at: int = 0
    when: When = "before"
    kill: bool = False
    calls: list[str] = field(factory=list)
    dead: bool = False

    def now(self) -> None:
        if self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        self.dead = True
        raise Died

    @contextmanager
    def upon(self) -> Iterator[None]:
        """What is asked of the database in this block counts; ends where the process dies."""
        token = _dying.set(self)
        try:
            yield
        except Died:
            pass
        finally:
            _dying.reset(token)


_dying: ContextVar[Death | None] = ContextVar("dying", default=None)


async def _met(death: Death, text: str, call: Any) -> Any:
    death.calls.append(text)
    if len(death.calls) != death.at and not (death.at == -1 and text.upper().startswith("COMMIT")):
        return await call()
    if death.when == "before":
        death.now()
    answer = await call()
    death.now()
    return answer


def install(patch: pytest.MonkeyPatch) -> None:
    """Puts the seam under the engine of this test."""
    if current.engine.plugin == "sqlite":
        _under_sqlite(patch)
        return
    if current.engine.plugin == "postgres":
        from newel_postgres.link import PostgresLink as link
    else:
        from newel_mysql.link import MysqlLink as link  # type: ignore[assignment]  # the other of two engines
    for name in ("fetch", "fetch_one", "run", "run_many", "stream", "begin", "command", "commit"):
        patch.setattr(link, name, _on_link(name, getattr(link, name)))
    patch.setattr(link, "roll_back", _goodbye(link.roll_back))


def _on_link(name: str, original: Any) -> Any:
    async def call(self: Any, *arguments: Any, **more: Any) -> Any:
        death = _dying.get()
        if death is None:
            return await original(self, *arguments, **more)
        if death.dead:
            self.abort()
            raise Died
        said = getattr(arguments[0], "sql", arguments[0]) if arguments else name
        try:
            return await _met(death, f"{name} {said}", lambda: original(self, *arguments, **more))
        except Died:
            self.abort()
            raise

    return call


def _goodbye(original: Any) -> Any:
    async def call(self: Any) -> None:
        death = _dying.get()
        if death is not None and death.dead:
            self.abort()
            return
        await original(self)

    return call


def _under_sqlite(patch: pytest.MonkeyPatch) -> None:
    from newel_sqlite.backend import Line

    original = Line.ask

    async def ask(self: Line, order: Any) -> Any:
        death = _dying.get()
        if death is None or order.text == "ROLLBACK":  # what the next to open the file would do
            return await original(self, order)
        if death.dead:
            raise Died
        return await _met(death, order.text, lambda: original(self, order))

    patch.setattr(Line, "ask", ask)
