"""Which snapshots a rule keeps: the last ones, and one for each of so many days, weeks, months and years."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from attrs import frozen

from newel import Min


@frozen(kw_only=True)
class Keep:
    """A rule. What no number keeps goes; of a day (week, month, year) its newest one stays. All zeros: keep all."""

    last: Annotated[int, "The newest so many.", Min(0)] = 0
    daily: Annotated[int, "The newest of each of the last so many days that have one.", Min(0)] = 0
    weekly: Annotated[int, "Of each week (ISO 8601, from Monday).", Min(0)] = 0
    monthly: Annotated[int, "Of each month.", Min(0)] = 0
    yearly: Annotated[int, "Of each year.", Min(0)] = 0

    @property
    def everything(self) -> bool:
        return not (self.last or self.daily or self.weekly or self.monthly or self.yearly)


_PERIODS: Mapping[str, Callable[[datetime], object]] = {
    "daily": lambda time: time.date(),
    "weekly": lambda time: time.isocalendar()[:2],
    "monthly": lambda time: (time.year, time.month),
    "yearly": lambda time: time.year,
}


def kept(snapshots: Iterable[tuple[str, str]], rule: Keep, zone: str = "UTC") -> dict[str, list[str]]:
    """``snapshots`` are (id, time as RFC 3339). Answers, for each that is kept, why: ``last``, ``daily 2026-11-25``."""
    newest = sorted(snapshots, key=lambda one: (one[1], one[0]), reverse=True)
    if rule.everything:
        return {id: ["everything is kept"] for id, _ in newest}
    why: dict[str, list[str]] = {}
    for id, _ in newest[: rule.last]:
        why.setdefault(id, []).append("last")
    place = ZoneInfo(zone)
    times = [(id, datetime.fromisoformat(time).astimezone(place)) for id, time in newest]
    for name, period in _PERIODS.items():
        count, seen = getattr(rule, name), set[object]()
        for id, time in times:
            if len(seen) == count:
                break
            if (when := period(time)) not in seen:
                seen.add(when)
                why.setdefault(id, []).append(f"{name} {_told(when)}")
    return why


def _told(when: object) -> str:
    return "-".join(f"{part:02}" for part in when) if isinstance(when, tuple) else str(when)
