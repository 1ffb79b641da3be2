"""What became of spans, as figures of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from newel.contracts.site import Metric

Why = Literal["queue", "collector", "limit", "stop"]


class Counts:
    """Kept since the start of the process."""

    def __init__(self) -> None:
        self.sent = 0
        self.waiting = 0
        self.dropped: dict[Why, int] = {"queue": 0, "collector": 0, "limit": 0, "stop": 0}

    def _dropped(self) -> Mapping[str, float]:
        return {why: float(count) for why, count in self.dropped.items()}

    def metrics(self) -> Sequence[Metric]:
        return (
            Metric(
                name="tracing_spans_sent_total", kind="counter", read=lambda: float(self.sent),
                summary="Spans that the collector took.",
            ),
            Metric(
                name="tracing_spans_dropped_total", kind="counter", label="why",
                read=self._dropped,
                summary="Spans that were lost: `queue` too many waited, `collector` it did not take them, `limit` of "
                "steps, `stop` of the site.",
            ),
            Metric(
                name="tracing_spans_waiting", read=lambda: float(self.waiting), summary="Spans that are not sent yet."
            ),
        )  # fmt: skip
