"""Times of a cron expression, in a time zone.

Five fields as in Debian's cron, or a name such as ``@daily``. Where clocks go forward, a fixed time that is left out
comes at once after the gap; where they go back, it comes once, the first time. An expression whose minute or hour
begins with ``*`` goes by the time that passes: on through the gap, and through both of the doubled hours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen
from cronsim import CronSim, CronSimError

from newel.contracts.jobs import CatchUp

NAMES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
CAUGHT_UP = 1000
LATE = timedelta(seconds=60)
"""A time that is found later than this after it came has been missed."""
_AROUND = timedelta(hours=3)
"""More than any change of clocks: where the walk begins, so that it is in step when it matters."""


@frozen
class Cron:
    """An expression with its zone. Raises ``ValueError`` with a sentence for what is none."""

    text: str
    zone: str = "UTC"
    _fields: str = field(init=False)
    _zone: ZoneInfo = field(init=False)

    def __attrs_post_init__(self) -> None:
        fields = NAMES.get(self.text.strip(), self.text)
        if len(fields.split()) != 5:
            raise ValueError(f"'{self.text}' is no cron expression: five fields, or one of {', '.join(NAMES)}")
        try:
            zone = ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"'{self.zone}' is no IANA time zone, such as Europe/Berlin") from None
        try:
            next(CronSim(fields, datetime(2024, 1, 1, tzinfo=zone)))
        except CronSimError as error:
            raise ValueError(f"'{self.text}' is no cron expression: {error}") from None
        except StopIteration:
            raise ValueError(f"'{self.text}' never comes") from None
        object.__setattr__(self, "_fields", fields)
        object.__setattr__(self, "_zone", zone)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The times after a moment, in UTC, each once."""
        last = moment
        for local in CronSim(self._fields, (moment - _AROUND).astimezone(self._zone)):
            at = local.astimezone(UTC)
            if at > last:
                yield at
                last = at

    def next(self, moment: datetime) -> datetime:
        return next(self.after(moment))

    def last(self, since: datetime, until: datetime, count: int) -> list[datetime]:
        """The last ``count`` times after ``since`` and until ``until``. Looks back no further than it must."""
        span = timedelta(hours=1)
        while True:
            begin = max(since, until - span)
            found: deque[datetime] = deque(maxlen=count)
            for at in self.after(begin):
                if at > until:
                    break
                found.append(at)
            if begin == since or len(found) == count:
                return list(found)
            span *= 4

    def due(self, since: datetime, now: datetime, catch_up: CatchUp) -> list[datetime]:
        """The times after ``since`` that are to be kept by now."""
        if catch_up == "skip":
            return self.last(max(since, now - LATE), now, CAUGHT_UP)
        return self.last(since, now, CAUGHT_UP if catch_up == "all" else 1)
