"""Days, times and moments: typed, or found in a calendar."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from newel.contracts.views import MISSING
from newel.structure import rfc3339
from newel_tui.boxes.form.field import Fault
from newel_tui.boxes.form.lines import Drawn, Line
from newel_tui.boxes.form.text import TextField

_LIKE = {"date": "2026-11-30", "time": "18:30 or 18:30:15", "datetime": "2026-11-30 18:30 (UTC), or with an offset"}
_STEPS = {"left": -1, "right": 1, "up": -7, "down": 7, "+": 1, "-": -1, "pgup": -28, "pgdn": 28}


class DateField(TextField):
    """A day, a time of day, or a moment, which is shown in UTC. ``enter`` opens a calendar, ``+`` goes on a day."""

    def load(self, value: Any) -> None:
        super().load(value)
        self._calendar: date | None = None

    def written(self, value: Any) -> str:
        if self.control.kind == "datetime" and isinstance(value, str):
            moment = _moment(value)
            if moment is not None and not moment.second and not moment.microsecond:
                return moment.strftime("%Y-%m-%d %H:%M")
        return super().written(value)

    def nothing(self) -> Any:
        return MISSING

    def read(self, text: str) -> Any:
        """The value; what is none stays the text."""
        text = text.strip()
        try:
            match self.control.kind:
                case "date":
                    return date.fromisoformat(text).isoformat()
                case "time":
                    return time.fromisoformat(text).replace(tzinfo=None).isoformat("seconds")
                case _:
                    moment = _moment(text)
                    return text if moment is None else rfc3339(moment)
        except ValueError:
            return text

    def faults(self, pointer: str) -> Iterator[Fault]:
        text = self.buffer.text.strip()
        if text and text != self.written(self.original) and not self._reads(text):
            yield Fault(pointer, f"write it as {_LIKE[self.control.kind]}", stops=True)
        else:
            yield from super().faults(pointer)

    def _reads(self, text: str) -> bool:
        try:
            match self.control.kind:
                case "date":
                    date.fromisoformat(text)
                case "time":
                    time.fromisoformat(text)
                case _:
                    return _moment(text) is not None
        except ValueError:
            return False
        return True

    @property
    def _day(self) -> date:
        """The day that is written there, or today."""
        try:
            return date.fromisoformat(self.buffer.text.strip()[:10])
        except ValueError:
            return self.form.host.clock.now().date()

    def key(self, key: str) -> bool:
        if self.control.readonly or self.control.kind == "time":
            return super().key(key)
        if self._calendar is not None:
            return self._turn(self._calendar, key)
        if key == "enter":
            self._calendar = self._day
        elif key == "+" and len(self.buffer.text.strip()) <= len("2026-11-30"):  # behind a time it begins an offset
            self._set(_shifted(self._day, 1))
        elif key == "=":
            self._set(self.form.host.clock.now().date())
        else:
            return super().key(key)
        return True

    def _turn(self, day: date, key: str) -> bool:
        if key in _STEPS:
            self._calendar = _shifted(day, _STEPS[key])
        elif key in ("enter", " "):
            self._set(day)
            self._calendar = None
        elif key in ("=", "t"):
            self._calendar = self.form.host.clock.now().date()
        else:
            self._calendar = None
            return False
        return True

    def _set(self, day: date) -> None:
        rest = self.buffer.text.strip()[10:]
        if self.control.kind == "datetime":
            rest = rest or " 00:00"
        self.buffer.remove(self.buffer.home(), self.buffer.end())
        self.buffer.insert(day.isoformat() + rest)
        self.changed()

    def out(self) -> bool:
        was, self._calendar = self._calendar is not None, None
        return was

    def drawn(self, width: int, focused: bool) -> Drawn:
        drawn = super().drawn(width, focused)
        if self._calendar is None or not focused:
            return drawn
        return Drawn([*drawn.lines, *month(self._calendar)], drawn.cursor)


def month(day: date) -> list[Line]:
    """The month of a day; the day stands in brackets."""
    lines: list[Line] = [[("title", day.strftime("%B %Y"))], [("dim", " Mo  Tu  We  Th  Fr  Sa  Su")]]
    for week in calendar.Calendar().monthdayscalendar(day.year, day.month):
        line: Line = []
        for one in week:
            text = f"[{one:2}]" if one == day.day else f" {one:2} " if one else "    "
            line.append(("cursor" if one == day.day else "value", text))
        lines.append(line)
    return lines


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:  # the calendar ends there
        return day


def _moment(text: str) -> datetime | None:
    """The moment that a text says; without an offset in UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
