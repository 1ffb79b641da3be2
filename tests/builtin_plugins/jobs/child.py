"""A process of a site that gets killed: ``python -m tests.builtin_plugins.jobs.child FOLDER WHAT [COUNT]``.

It says on standard output how far it is. Where it says ``ready to die`` it stands still, so the kill comes there.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.builtin_plugins.jobs.hooks import ThingChange
from tests.builtin_plugins.jobs.site import EFFECT, LISTENS, change, effect_once, kind, site, work
from tests.engines import in_child

from newel.app import App
from newel.context import Call
from newel.contracts.jobs import JobKind, JobRun

LEASE = 5.0
CONFIG = {"jobs": {"lease": LEASE, "poll": 0.05, "event_pause": 0.1, "deliveries": 4}}


async def die_here() -> None:
    print("ready to die", flush=True)
    await asyncio.Event().wait()


def kinds(stop: str = "") -> list[JobKind]:
    """``t.work`` completes with its effect; ``stop`` says where its process stands still."""

    async def run(job: JobRun) -> None:
        if stop == "in the handler":
            await die_here()
        async with job.completing() as tx:
            await tx.execute(EFFECT, {"id": job.id, "note": str(job.attempt)})
            if stop == "while it completes":
                await die_here()
        if stop == "after completion":
            await die_here()

    return [kind("t.work", run, pause=0.1)]


def listen(app: App, stop: str = "") -> None:
    """Hearing has one effect an event, by the event's id."""
    original = app.hooks.tell

    async def tell(plugin: str, spec: Any, subject: ThingChange, call: Call) -> None:
        if stop == "in the hook":
            await die_here()
        await effect_once(app, call.event)
        await original(plugin, spec, subject, call)
        if stop == "after the hook":
            await die_here()

    app.hooks.tell = tell  # type: ignore[method-assign]  # where a process can be stopped


async def main(folder: str, what: str, count: str = "1") -> None:
    place = Path(folder)
    if what == "commit":
        async with site(LISTENS, kinds=kinds(), folder=place, config=CONFIG) as app:
            for number in range(int(count)):
                await change(app, f"e{number}", job="t.work", number=number)
            await die_here()
    if what == "storm":  # acts and works at once, until it is killed anywhere
        async with site(LISTENS, kinds=kinds(), folder=place, config=CONFIG, serving=True) as app:
            listen(app)
            number = 0
            while True:
                await change(app, f"e{number % 5}", job="t.work", number=number)
                print("kept", number, flush=True)
                number += 1
    async with site(LISTENS, kinds=kinds(what), folder=place, config=CONFIG) as app:
        listen(app, what)
        await change(app, "e0", job="t.work")
        await work(app)


if __name__ == "__main__":
    in_child()
    asyncio.run(main(*sys.argv[1:]))
