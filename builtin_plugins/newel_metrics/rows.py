"""Readings of plugins as rows that can be shown: checked, bounded, and no two with the same labels."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TypeAlias

from newel.contracts.site import LABELS, SERIES, Metric, Reading, Spread

LONGEST = 200
"""Characters of a label's value."""

Rows: TypeAlias = Mapping[tuple[str, ...], float | Spread]
"""Values by those of the metric's labels."""


def labels_of(metric: Metric) -> tuple[str, ...]:
    return metric.labels or ((metric.label,) if metric.label else ())


def rows_of(metric: Metric, reading: Reading) -> Rows:
    """Raises ``ValueError`` or ``TypeError`` for what is no reading of that metric. Numbers that are none (NaN, ∞) are
    left out, as are rows past the most."""
    names = labels_of(metric)
    given = reading if isinstance(reading, Mapping) else {(): reading}
    most = SERIES if metric.labels else LABELS
    rows: dict[tuple[str, ...], float | Spread] = {}
    for key, value in given.items():
        labels = tuple(_clean(part) for part in ((key,) if isinstance(key, str) else key))
        if len(labels) != len(names):
            raise ValueError(f"{len(labels)} values for {len(names)} labels")
        if len(rows) == most:
            break
        if _shown(metric, value):
            rows.setdefault(labels, value)
    return rows


def _shown(metric: Metric, value: float | Spread) -> bool:
    if isinstance(value, Spread):
        if metric.kind != "histogram" or len(value.counts) != len(metric.bounds) + 1:
            raise ValueError(f"a spread of {len(value.counts)} counts for {len(metric.bounds)} bounds")
        return isfinite(value.sum)
    if metric.kind == "histogram":
        raise TypeError("a histogram is told as spreads")
    return isfinite(value)


def _clean(text: str) -> str:
    """What UTF-8 cannot say would make the whole page unreadable."""
    return str(text)[:LONGEST].encode("utf-8", "replace").decode()
