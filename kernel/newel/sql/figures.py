"""What an engine counts of its statements and connections: bounded, and the same figures on every engine."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Protocol

from attrs import frozen

from newel.contracts.site import LABELS, Metric, Spread
from newel.errors import NewelError

BOUNDS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Seconds."""
OTHER = "other"


@frozen
class Load:
    """Connections of a pool, and who waits for one."""

    used: int
    idle: int
    waiting: int


class Figures:
    """Kept by a database; plain numbers, as it stands in the way of every statement."""

    def __init__(self) -> None:
        self._reads = _Timing()
        self._writes = _Timing()
        self._errors: dict[str, int] = {}

    def took(self, begun: float, *, write: bool) -> None:
        """A statement ended that was sent at ``begun`` (``perf_counter``)."""
        timing, seconds = (self._writes if write else self._reads), perf_counter() - begun
        timing.counts[bisect_left(BOUNDS, seconds)] += 1
        timing.seconds += seconds

    def failed(self, error: Exception) -> None:
        """A statement raised."""
        code = error.reason if isinstance(error, NewelError) else OTHER
        if code not in self._errors and len(self._errors) >= LABELS - 1:
            code = OTHER
        self._errors[code] = self._errors.get(code, 0) + 1

    def timings(self) -> Mapping[str, Spread]:
        return {"read": self._reads.spread(), "write": self._writes.spread()}

    def errors(self) -> Mapping[str, float]:
        return {code: float(count) for code, count in self._errors.items()}


class _Timing:
    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def spread(self) -> Spread:
        return Spread(counts=tuple(self.counts), sum=self.seconds)


class Figured(Protocol):
    """A database that counts."""

    @property
    def figures(self) -> Figures: ...
    @property
    def load(self) -> Load: ...


def metrics(find: Callable[[], Figured | None]) -> Sequence[Metric]:
    """For ``register_metrics`` of an engine; ``find`` answers its database while it is open."""

    def load() -> Mapping[str, float]:
        database = find()
        return {} if database is None else {"idle": database.load.idle, "used": database.load.used}

    def waiting() -> Mapping[str, float] | float:
        database = find()
        return {} if database is None else float(database.load.waiting)

    def timings() -> Mapping[str, Spread]:
        database = find()
        return {} if database is None else database.figures.timings()

    def errors() -> Mapping[str, float]:
        database = find()
        return {} if database is None else database.figures.errors()

    return (
        Metric(
            name="database_statement_duration_seconds", kind="histogram", unit="seconds", label="kind", bounds=BOUNDS,
            read=timings, summary="How long statements take; `write`: all of a transaction that may write.",
        ),
        Metric(
            name="database_errors_total", kind="counter", label="code", read=errors,
            summary="Statements that failed, by the code of the error, those that are tried again too.",
        ),
        Metric(
            name="database_connections", label="state", read=load,
            summary="Connections of the pool that are open: `used` or `idle`.",
        ),
        Metric(
            name="database_waiting", read=waiting, summary="Who waits for a connection, or to be the one who writes.",
        ),
    )  # fmt: skip
