"""What the door counts of its requests. Nothing that a client chooses becomes a label."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from newel.contracts.site import SERIES, Metric, Spread

if TYPE_CHECKING:
    from newel_http.router import Entry

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds."""
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
NONE = "none"
"""In place of an operation: nothing answers there."""
OTHER = "other"


@define
class _Timing:
    counts: list[int] = field(factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class Traffic:
    """Requests that were answered, by the hundred of their status, by operation (or the path of a route as it was
    declared) and by method; how long they took; how many bytes went out."""

    def __init__(self) -> None:
        self._answered: dict[tuple[str, str, str], int] = {}
        self._timings: dict[str, _Timing] = {}
        self._bytes = 0

    def count(self, method: str, entry: Entry | None, status: int, seconds: float, size: int) -> None:
        name = NONE if entry is None else entry.operation or entry.path
        key = (f"{status // 100}xx", name, method if method in METHODS else OTHER)
        if key not in self._answered and len(self._answered) >= SERIES - 5:  # plugins that come and go for years
            key, name = (key[0], OTHER, OTHER), OTHER
        self._answered[key] = self._answered.get(key, 0) + 1
        timing = self._timings.get(name)
        if timing is None:
            timing = self._timings[name] = _Timing()
        timing.counts[bisect_left(BOUNDS, seconds)] += 1
        timing.seconds += seconds
        self._bytes += size

    def answered(self) -> Mapping[tuple[str, ...], float]:
        return {key: float(count) for key, count in self._answered.items()}

    def timings(self) -> Mapping[tuple[str, ...], Spread]:
        return {(name,): Spread(counts=tuple(one.counts), sum=one.seconds) for name, one in self._timings.items()}

    def metrics(self) -> Sequence[Metric]:
        return (
            Metric(
                name="http_requests_total", kind="counter", labels=("status", "operation", "method"),
                read=self.answered, summary="Requests that were answered.",
            ),
            Metric(
                name="http_request_duration_seconds", kind="histogram", unit="seconds", labels=("operation",),
                bounds=BOUNDS, read=self.timings,
                summary="How long requests took, to the last byte handed over.",
            ),
            Metric(
                name="http_sent_bytes_total", kind="counter", unit="bytes", read=lambda: float(self._bytes),
                summary="Bytes of the bodies of answers whose length was known.",
            ),
        )  # fmt: skip
