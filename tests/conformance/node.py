"""One of several processes on one database: ``python -m tests.conformance.node NUMBER SKEW JOBS SCHEDULES CRON``.

It says ``ready`` when it is up, and reads what to do: ``put COUNT`` puts so many jobs into the queue, ``shift SECONDS``
moves the engine's clock as this process sees it, the end of input ends it. At its end it says how many jobs it did.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

from attrs import frozen
from tests.builtin_plugins.jobs.site import EFFECT, PLUGINS, WRITE, kind, run, site
from tests.engines import in_child

from newel import Call, Manifest, hookimpl, operation, operations_of
from newel.app import App
from newel.clock import SystemClock
from newel.contracts.database import Database
from newel.contracts.jobs import JobRun, Jobs, Schedule
from newel.operations import Operation

BATCH = 500


class Skewed(SystemClock):
    """A node's own clock, that is wrong by so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._by = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._by


@frozen(kw_only=True)
class Numbers:
    """Which jobs to put."""

    first: Annotated[int, "The first number."]
    count: Annotated[int, "How many."]


class Node:
    """Many jobs in one act, and an engine whose clock can be moved."""

    manifest: ClassVar[Manifest] = Manifest(
        name="node", summary="Of a test.", load="tests.conformance.node:Node", needs=(Database,)
    )
    shift = 0.0

    def __init__(self, app: App) -> None:
        self.app = app

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @operation("node.put", needs=WRITE, http="POST /node/put", effect="write")
    async def put(self, call: Call, order: Numbers) -> None:
        """Puts jobs."""
        for number in range(order.first, order.first + order.count):
            await self.app.need(Jobs).enqueue(call, "t.work", {"number": number})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        database: Any = self.app.need(Database)
        original = database.now

        async def now() -> datetime:
            said: datetime = await original()
            return said + timedelta(seconds=self.shift)

        database.now = now
        yield


async def work(job: JobRun) -> None:
    """Not idempotent on purpose: done twice, it leaves two rows."""
    async with job.completing() as tx:
        what = job.payload.get("name") or f"{job.payload['number']:05}"
        await tx.execute(EFFECT, {"id": f"{job.id}-{job.attempt}", "note": what})


async def main(number: int, skew: float, jobs: int, schedules: int, cron: str) -> None:
    lines = [
        Schedule(name=f"t.s{n:04}", cron=cron, kind="t.work", payload={"name": f"s{n:04}"}) for n in range(schedules)
    ]
    plugins = [*PLUGINS[:1], Node.manifest, *PLUGINS[1:]]
    details: dict[str, Any] = {
        "config": {"jobs": {"workers": 16}},
        "clock": Skewed(skew),
        "kinds": [kind("t.work", work)],
        "schedules": lines,
    }
    async with site(plugins=plugins, folder=Path.cwd(), serving=True, **details) as app:
        plugin: Any = app.plugins["jobs"]
        node: Any = app.plugins["node"]
        print("ready", flush=True)
        while words := (await asyncio.to_thread(sys.stdin.readline)).split():
            if words[0] == "shift":
                # Not `Node.shift`: this file is two modules, the one that runs and the one the plugin was loaded from.
                node.shift = float(words[1])
                await plugin.background._refresh()
            else:
                for first in range(number * jobs, (number + 1) * jobs, BATCH):
                    await run(app, "node.put", first=first, count=min(BATCH, jobs))
            print("did", flush=True)
    print("done", plugin.workers.outcomes["done"], flush=True)


if __name__ == "__main__":
    in_child()
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]))
