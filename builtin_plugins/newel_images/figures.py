"""What the workers did, for those who look after the site."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from attrs import define, field

from newel.contracts.site import Metric, Spread

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds."""


@define
class _Kind:
    counts: list[int] = field(factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    refused: int = 0


class Figures:
    """Counted by verb (``facts``, ``render``, ``poster`` ...), of which there are a handful."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def took(self, verb: str, seconds: float, *, refused: bool) -> None:
        kind = self._kinds.setdefault(verb, _Kind())
        kind.counts[bisect_left(BOUNDS, seconds)] += 1
        kind.seconds += seconds
        kind.refused += refused

    def metrics(self, waiting: Callable[[], int]) -> Sequence[Metric]:
        kinds = self._kinds
        return (
            Metric(
                name="images_duration_seconds", kind="histogram", unit="seconds", label="verb", bounds=BOUNDS,
                summary="How long work on images takes, with the wait for a worker.",
                read=lambda: {
                    verb: Spread(counts=tuple(one.counts), sum=one.seconds) for verb, one in kinds.items()
                },
            ),
            Metric(
                name="images_refused_total", kind="counter", label="verb",
                summary="Work on images that came to nothing: broken, too large, too slow, or no worker came free.",
                read=lambda: {verb: float(one.refused) for verb, one in kinds.items()},
            ),
            Metric(
                name="images_waiting", read=lambda: float(waiting()), summary="Work on images that waits for a worker.",
            ),
        )  # fmt: skip
