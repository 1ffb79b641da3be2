"""Denied acts: a row each, up to a rate; beyond it they are counted, and written together when the minute is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, evolve

from newel import ANONYMOUS, Call, Transient
from newel.contracts.audit import Change, Outcome
from newel.structure import rfc3339

if TYPE_CHECKING:
    from newel.app import App

MINUTE = 60.0
MOST = 1000
"""Pairs of actor and operation that are told apart in a minute; the rest is one."""
OTHERS = "denials.others"
Note = tuple[Call, str, Change | None, Outcome, str]


@define
class Sum:
    """Denied acts of one actor and one operation."""

    call: Call
    detail: str
    times: int
    first: datetime
    last: datetime


class Denials:
    """Counts by process. ``write`` writes rows in a transaction of its own."""

    def __init__(self, app: App, write: Callable[[Sequence[Note]], Awaitable[None]], per_minute: int) -> None:
        self._app = app
        self._write = write
        self._per_minute = per_minute
        self._minute = -1
        self._seen: Counter[str] = Counter()
        self._sums: dict[tuple[str, str], Sum] = {}
        self._task: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    async def note(self, call: Call, operation: str, detail: str) -> None:
        """Raises nothing: the caller is told that they were denied, whatever becomes of the row."""
        minute = int(self._app.clock.monotonic() // MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
        self._seen[call.actor.id] += 1
        if self._seen[call.actor.id] > self._per_minute or len(self._seen) > MOST or call.work is not None:
            self._count(call, operation, detail)
            return
        try:
            await self._write([(call, operation, None, "denied", detail)])
        except Transient:
            self._count(call, operation, detail)
        except Exception as error:  # a fault of ours must not turn a refusal into another answer
            self._app.log.error("a denied act could not be written to the audit trail", exc_info=error)
            self._count(call, operation, detail)

    def _count(self, call: Call, operation: str, detail: str) -> None:
        now = self._app.clock.now()
        key = (call.actor.id, operation)
        if key not in self._sums and len(self._sums) >= MOST:
            key = ("", OTHERS)
        found = self._sums.get(key)
        if found is None:
            actor = ANONYMOUS if key[1] == OTHERS else call.actor
            kept = evolve(call, actor=actor, work=None, request_id="")
            self._sums[key] = Sum(kept, detail, 1, now, now)
        else:
            _join(found, call.ip, detail, 1, now)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._later(), name="newel-audit-denials")

    async def _later(self) -> None:
        clock = self._app.clock
        while self._sums:
            await clock.sleep(MINUTE - clock.monotonic() % MINUTE)
            try:
                await self.flush()
            except Transient as error:
                self._app.log.debug("sums of denied acts wait", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and the next minute tries again
                self._app.log.error("sums of denied acts could not be written", exc_info=error)

    async def flush(self) -> None:
        """Writes the sums; keeps them where that fails. Returns when no other flush is running either."""
        async with self._flushing:
            sums, self._sums = self._sums, {}
            if not sums:
                return
            try:
                await self._write([self._told(operation, one) for (_, operation), one in sums.items()])
            except BaseException:
                for key, one in self._sums.items():
                    if key in sums:
                        _join(sums[key], one.call.ip, one.detail, one.times, one.last)
                    else:
                        sums[key] = one
                self._sums = sums
                raise

    def _told(self, operation: str, one: Sum) -> Note:
        after = {"times": one.times, "first": rfc3339(one.first), "last": rfc3339(one.last)}
        return (
            one.call,
            operation,
            Change(entity="denials", id=operation, before=None, after=after),
            "denied",
            one.detail,
        )

    async def close(self) -> None:
        """Ends the task and writes what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(Transient):  # a site whose database is away must be able to stop
            await self.flush()


def _join(one: Sum, ip: str | None, detail: str, times: int, last: datetime) -> None:
    """Adds to a sum. What is not the same in all of them is left out."""
    one.times += times
    one.last = last
    if one.call.ip != ip:
        one.call = evolve(one.call, ip=None)
    if one.detail != detail:
        one.detail = "several"
