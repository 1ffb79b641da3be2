"""Runs what plugins scheduled: once for each of its times, by whichever process is free."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from newel import Reject, Transient
from newel.contracts.clock import Clock
from newel.contracts.database import Transaction
from newel.contracts.jobs import JobKind, JobRun, Jobs, Schedule
from newel.structure import rfc3339
from newel_lua.faults import Away, Busy, CallFailed
from newel_lua.model import Self
from newel_lua.modules.settings import masked
from newel_lua.schedules import LuaSchedule
from newel_lua.store_kv import KvStore

if TYPE_CHECKING:
    from newel import Call

TICK, RUN = "lua.tick", "lua.run"
NEED = "schedule"
SEEN = ("", "schedule.seen")
"""The row that says until when times are dealt with."""
MINUTE = timedelta(minutes=1)
LONGEST_GAP = timedelta(days=7)
"""Times that are missed for longer are not caught up with."""


@frozen(kw_only=True)
class Planned:
    """An approved schedule of a plugin that runs."""

    plugin: Self
    schedule: LuaSchedule


class Planner(Protocol):
    """Those who run plugins, for schedules."""

    async def planned(self) -> Sequence[Planned]:
        """All of them, once the plugins of this process run: it may have to start them. Raises ``Transient``."""

    async def run(self, planned: Planned, call: Call) -> None:
        """Calls the function. Raises ``CallFailed``."""


class Schedules:
    """The jobs ``lua.tick``, each minute, and ``lua.run``, for each schedule whose time has come.

    A time that passed while nobody ran is caught up with once. ``jobs`` says where the queue is.
    """

    planner: Planner

    def __init__(
        self, store: KvStore, jobs: Callable[[], Jobs | None], clock: Clock, log: logging.Logger, *, seconds: float
    ) -> None:
        """``seconds``: what one run may take."""
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._log = log
        self._seconds = seconds

    def kinds(self) -> Sequence[JobKind]:
        return [
            JobKind(name=TICK, summary="Finds the schedules of plugins in Lua whose time has come.", run=self.tick,
                    attempts=3, parallel=1),
            JobKind(name=RUN, summary="Runs what a plugin in Lua scheduled.", run=self.run, attempts=3,
                    timeout=self._seconds + 60),
        ]  # fmt: skip

    def schedules(self) -> Sequence[Schedule]:
        return [Schedule(name=TICK, cron="* * * * *", kind=TICK, catch_up="once")]

    async def tick(self, job: JobRun) -> Any:
        """Exactly once: the row that says what is done, and the jobs, are one transaction."""
        jobs, planned = self._jobs(), await self.planner.planned()
        if jobs is None:
            raise Transient("the queue of jobs is away")
        now = self._clock.now()
        async with job.completing() as tx:
            since = await self._seen(tx, now)
            for one in planned:
                if NEED in one.plugin.grants.needs and one.schedule.due(since, now):
                    payload = {"plugin": one.plugin.name, "schedule": one.schedule.name}
                    key = f"{one.plugin.name}/{one.schedule.name}"
                    await jobs.enqueue(job.call, RUN, payload, tx=tx, key=key)

    async def _seen(self, tx: Transaction, now: datetime) -> datetime:
        """Until when it was done; from now on until now. Never backwards, where a process's clock is behind."""
        row = await self._store.locked(tx, *SEEN)
        if row is None:
            await self._store.add(tx, *SEEN, rfc3339(now), None)
            return now - MINUTE
        seen = datetime.fromisoformat(row["value"])
        if seen < now:
            await self._store.change(tx, *SEEN, rfc3339(now), None)
        return max(seen, now - LONGEST_GAP)

    async def run(self, job: JobRun) -> Any:
        """A plugin that fails is not called again before its next time; one that is away or busy is."""
        name, schedule = str(job.payload.get("plugin")), str(job.payload.get("schedule"))
        planned = await self.planner.planned()
        one = next((one for one in planned if (one.plugin.name, one.schedule.name) == (name, schedule)), None)
        if one is None or NEED not in one.plugin.grants.needs:
            raise Reject(f"the plugin '{name}' has no schedule '{schedule}' that is approved")
        try:
            await self.planner.run(one, job.call)
        except (Away, Busy) as error:
            raise Transient(f"the plugin '{name}' could not be called: {error}") from None
        except CallFailed as error:
            text = masked(one.plugin, str(error))
            self._log.error("a plugin's schedule failed", extra={"plugin": name, "schedule": schedule, "error": text})
            raise Reject(f"the plugin '{name}' failed: {text}") from None
