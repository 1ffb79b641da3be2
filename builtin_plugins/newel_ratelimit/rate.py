"""Rates as text."""

from __future__ import annotations

import re

from attrs import frozen

SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
FORM = re.compile(r"([1-9]\d{0,8})\s*/\s*(second|minute|hour|day)(?:\s+burst\s+([1-9]\d{0,8}))?")


@frozen
class Rate:
    """One call an ``interval`` (seconds), and ``burst`` at once."""

    interval: float
    burst: int


def parse(text: str) -> Rate | None:
    """``10/minute``, ``100/hour burst 20``, or ``off`` (``None``). Raises ``ValueError``."""
    if text.strip() == "off":
        return None
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no rate: write e.g. '10/minute', '100/hour burst 20' or 'off'")
    count = int(found[1])
    return Rate(SECONDS[found[2]] / count, int(found[3] or count))
