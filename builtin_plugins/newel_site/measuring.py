"""What this process itself can tell: the operations it runs, how late its loop is, what it takes of the machine."""

from __future__ import annotations

import asyncio
import math
import os
import time
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType

from attrs import define, field

from newel.contracts.site import LABELS, Metric, Spread
from newel.errors import NewelError

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""
BEAT_SECONDS = 0.5
OTHER = "other"


@define
class _Door:
    counts: list[int] = field(factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    refused: int = 0
    failed: int = 0


@define
class Count:
    value: int = 0


class Timed:
    """Round one operation. (A class: it stands in the way of every operation, and generators cost more.)"""

    __slots__ = ("_begun", "_door", "_writes")

    def __init__(self, door: _Door, writes: Count | None) -> None:
        self._door = door
        self._writes = writes

    async def __aenter__(self) -> None:
        self._begun = time.perf_counter()

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        door, seconds = self._door, time.perf_counter() - self._begun
        door.counts[bisect_left(BOUNDS, seconds)] += 1
        door.seconds += seconds
        if self._writes is not None:
            self._writes.value += 1
        if kind is not None and issubclass(kind, NewelError):
            door.refused += 1
        elif kind is not None:
            door.failed += 1


class Measured:
    """Keeps the figures."""

    def __init__(self, seconds: float) -> None:
        """``seconds``: over how long the worst lateness of the loop is told."""
        self._doors: dict[str, _Door] = {}
        # Those of the last seconds: whoever reads, and however often, sees the same.
        self._late: deque[float] = deque(maxlen=max(1, math.ceil(seconds / BEAT_SECONDS)))
        self._writes = Count()

    @property
    def writes(self) -> int:
        """Operations that may have changed something, and are over."""
        return self._writes.value

    def timed(self, door: str, *, write: bool) -> Timed:
        known = self._doors.get(door)
        if known is None:
            known = self._doors.setdefault(door if len(self._doors) < LABELS - 1 else OTHER, _Door())
        return Timed(known, self._writes if write else None)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Inside the block the loop is watched."""
        task = asyncio.create_task(self._beat(), name="newel-site-beat")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(BEAT_SECONDS)
            self._late.append(loop.time() - begun - BEAT_SECONDS)

    def lateness(self) -> float:
        """The worst of the last seconds, in seconds."""
        return max((0.0, *self._late))

    def metrics(self) -> Sequence[Metric]:
        doors = self._doors
        return (
            Metric(
                name="operations_duration_seconds", kind="histogram", unit="seconds", label="door", bounds=BOUNDS,
                summary="How long operations take, by the door they came through.",
                read=lambda: {name: Spread(counts=tuple(one.counts), sum=one.seconds) for name, one in doors.items()},
            ),
            Metric(
                name="operations_total", kind="counter", label="door", summary="Operations that were run.",
                read=lambda: {name: float(sum(one.counts)) for name, one in doors.items()},
            ),
            Metric(
                name="operations_refused_total", kind="counter", label="door",
                summary="Operations that were refused: no permission, not there, not valid, not now.",
                read=lambda: {name: float(one.refused) for name, one in doors.items()},
            ),
            Metric(
                name="operations_failed_total", kind="counter", label="door",
                summary="Operations that failed for a reason that is not their caller's.",
                read=lambda: {name: float(one.failed) for name, one in doors.items()},
            ),
            Metric(
                name="loop_lag_seconds", unit="seconds", read=self.lateness,
                summary="How late the event loop was at the worst in the last `site.sample_seconds`.",
            ),
            Metric(
                name="process_cpu_seconds_total", kind="counter", unit="seconds", read=time.process_time,
                summary="Processor time of this process.",
            ),
            Metric(
                name="process_resident_bytes", unit="bytes", read=resident,
                summary="Memory of this process, without its workers.",
            ),
        )  # fmt: skip


async def resident() -> float:
    """Bytes of memory that this process takes now; where that is not told, the most it has taken."""
    return await asyncio.to_thread(_resident)


def _resident() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
