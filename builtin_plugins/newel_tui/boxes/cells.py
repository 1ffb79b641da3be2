"""Values of rows, written for a cell of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING, Cell
from newel_tui.boxes.drawing import Attr

LONGEST = 1000
"""Characters of a value that are looked at for a cell."""
RIGHT = ("bytes", "number")
"""Cells that are written to the right."""
GOOD, WARNING, BAD, QUIET = ("good", "●"), ("warn", "◐"), ("bad", "✗"), ("faint", "○")
_STATES: dict[str, tuple[Attr, str]] = {
    **dict.fromkeys(
        ("published", "active", "on", "ok", "running", "enabled", "done", "ready", "delivered", "success", "approved",
         "live", "up", "succeeded"),
        GOOD,
    ),
    **dict.fromkeys(
        ("changed", "modified", "pending", "waiting", "scheduled", "queued", "warning", "paused", "retrying",
         "processing", "outdated", "partial"),
        WARNING,
    ),
    **dict.fromkeys(
        ("failed", "error", "broken", "denied", "blocked", "refused", "dead", "down", "expired", "revoked", "crashed",
         "locked"),
        BAD,
    ),
}  # fmt: skip


def plain(value: Any) -> str:
    """A value on one line."""
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return harmless(value[:LONGEST])
    if isinstance(value, list | tuple) and not any(isinstance(one, Mapping | list | tuple) for one in value):
        return ", ".join(plain(one) for one in value[:LONGEST])
    if isinstance(value, Mapping | list | tuple):
        return harmless(json.dumps(value, ensure_ascii=False, default=str)[:LONGEST])
    return harmless(str(value)[:LONGEST])


def written(value: Any, cell: Cell, now: datetime) -> tuple[Attr, str]:
    """A value in short, and its colour."""
    match cell:
        case "time":
            return None, _time(value, now)
        case "bytes" if _counts(value):
            return None, size(value)
        case "number" if _counts(value):
            return None, f"{value:,}"
        case "flag":
            return None, "✓" if value and value is not MISSING else ""
        case "state":
            word = plain("on" if value is True else "off" if value is False else value)
            attr, sign = _STATES.get(word.lower(), QUIET)
            return attr, f"{sign} {word}" if word else ""
        case _:
            return None, plain(value)


def told(value: Any, cell: Cell) -> tuple[Attr, str]:
    """A value in full, for a line of its own."""
    if cell == "time" and (found := _read(value)) is not None:
        return None, f"{found:%Y-%m-%d %H:%M:%S} UTC"
    if cell == "bytes" and _counts(value):
        return None, f"{size(value)} ({value:,})" if value > 999 else size(value)
    if cell == "flag":
        return None, "yes" if value and value is not MISSING else "no"
    return written(value, cell, datetime.now(UTC))  # the present matters to times only


def size(count: float) -> str:
    """Bytes, with three digits at most."""
    if count < 1000:
        return f"{count:g} B"
    for unit in ("kB", "MB", "GB", "TB"):
        count /= 1000
        if count < 999.5:
            return f"{count:.1f} {unit}" if count < 99.95 else f"{count:.0f} {unit}"
    return f"{count / 1000:.1f} PB"


def _counts(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _time(value: Any, now: datetime) -> str:
    found = _read(value)
    if found is None:
        return plain(value)
    return f"{found:%m-%d %H:%M}" if found.year == now.year else f"{found:%Y-%m-%d}"
