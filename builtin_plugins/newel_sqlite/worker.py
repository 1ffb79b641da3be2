"""A thread that does one connection's slow work, one job after the other.

A job costs about 30 µs (uvloop) this way, a third of an executor's. The caller of a job never leaves before the job
has ended, whatever happens to its task: so nothing runs on a connection that somebody else believes to be free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _Job:
    __slots__ = ("_loop", "_work", "done", "dropped", "error", "result", "waiter")

    def __init__(self, work: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self.waiter: asyncio.Future[None] = loop.create_future()
        self.done = False
        self.dropped = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """In the thread."""
        if not self.dropped:
            try:
                self.result = self._work()
            except BaseException as error:  # noqa: BLE001 - it is raised again where the job was asked for
                self.error = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._ended)

    def _ended(self) -> None:
        self.done = True
        if not self.waiter.done():
            self.waiter.set_result(None)

    async def ended(self, stop: Callable[[], None] | None) -> bool:
        """Returns when the job is over; says whether the task was cancelled meanwhile."""
        cancelled = False
        while not self.done:
            try:
                await self.waiter
            except asyncio.CancelledError:
                cancelled = True
                if not self.done:
                    self.waiter = self._loop.create_future()
                    if stop is not None:
                        self.dropped = True
                        stop()
        return cancelled


class Worker:
    """One thread and its queue."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._stopped = False
        # A daemon: a process that must die does not wait for a long read. SQLite loses no commit by that.
        Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()

    async def run(self, work: Callable[[], T], stop: Callable[[], None] | None = None) -> T:
        """Does the work in the thread. A cancelled caller still waits for its end, which ``stop()`` hastens.

        Without ``stop`` the work is always carried out; the cancellation is raised after it.
        """
        if self._stopped:
            raise RuntimeError("the database is closed")
        job = _Job(work, asyncio.get_running_loop())
        self._jobs.put(job)
        if await job.ended(stop):
            raise asyncio.CancelledError from job.error
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]  # what the work answered

    async def stop(self, last: Callable[[], None]) -> None:
        """Ends the thread after the jobs that wait, and after ``last``."""
        if self._stopped:
            return
        try:
            await self.run(last)
        finally:
            self._stopped = True
            self._jobs.put(None)
