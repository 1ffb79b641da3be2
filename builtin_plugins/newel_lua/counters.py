"""What is counted of a plugin, since its process began."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from attrs import Factory, define

from newel_lua.model import Kind

BOUNDS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)
"""The upper ends of the histogram's parts; what is above the last counts in one more."""


@define
class Calls:
    """Of one kind of call."""

    calls: int = 0
    errors: int = 0
    total_ms: float = 0.0
    buckets: list[int] = Factory(lambda: [0] * (len(BOUNDS_MS) + 1))

    def add(self, seconds: float, *, failed: bool) -> None:
        ms = seconds * 1000
        self.calls += 1
        self.errors += failed
        self.total_ms += ms
        self.buckets[bisect_left(BOUNDS_MS, ms)] += 1


@define
class Counters:
    """Of one plugin."""

    kinds: dict[Kind, Calls] = Factory(dict)
    loads: int = 0
    """Times that its code was taken, the first one included."""
    load_failures: int = 0
    kills: int = 0
    """Times that it brought its process down."""
    trips: int = 0
    """Times that its breaker opened."""

    def add(self, kind: Kind, seconds: float, *, failed: bool) -> None:
        self.kinds.setdefault(kind, Calls()).add(seconds, failed=failed)

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "loads": self.loads, "load_failures": self.load_failures, "kills": self.kills, "breaker_trips": self.trips,
            "kinds": {
                kind: {
                    "calls": one.calls, "errors": one.errors, "total_ms": round(one.total_ms, 3),
                    "bounds_ms": list(BOUNDS_MS), "buckets": list(one.buckets),
                }
                for kind, one in sorted(self.kinds.items())
            },
        }  # fmt: skip
