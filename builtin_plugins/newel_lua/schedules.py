"""When plugins do something by themselves: read from what they registered, told to the site's jobs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen
from cronsim import CronSim, CronSimError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LEAST = 60
MOST = 366 * 86_400
_AROUND = timedelta(hours=3)
"""More than any change of clocks: where the walk begins, so that it is in step when it matters."""


@frozen(kw_only=True)
class LuaSchedule:
    """``every`` so many seconds since 1970 (so that all processes agree), or at the times of ``cron`` in ``zone``."""

    id: int
    name: str
    every: int = 0
    cron: str = ""
    zone: str = "UTC"
    _zone: ZoneInfo = field(init=False, repr=False)

    @_zone.default
    def _read_zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"the schedule '{self.name}': '{self.zone[:60]}' is no IANA time zone") from None

    @classmethod
    def of(cls, id: int, details: Mapping[str, Any]) -> LuaSchedule:
        """Of a registration. Raises ``ValueError``: the machine that it comes from is not trusted."""
        name, every, cron, zone = (details.get(key) for key in ("name", "every", "cron", "zone"))
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(f"a schedule has the name {name!r}, which is none")
        if not isinstance(zone, str | None) or (cron is None) == (every is None):
            raise ValueError(f"the schedule '{name}' is neither an interval nor a cron expression")
        if cron is None:
            if isinstance(every, bool) or not isinstance(every, int | float) or not LEAST <= every <= MOST:
                raise ValueError(f"the schedule '{name}' is every {every!r} seconds; {LEAST} are the least")
            return cls(id=id, name=name, every=int(every))
        if not isinstance(cron, str) or len(cron.split()) != 5:
            raise ValueError(f"the schedule '{name}': {str(cron)[:60]!r} is no cron expression of five fields")
        made = cls(id=id, name=name, cron=cron, zone=zone or "UTC")
        try:
            next(CronSim(cron, datetime(2024, 1, 1, tzinfo=made._zone)))
        except CronSimError as error:
            raise ValueError(f"the schedule '{name}': '{cron[:60]}' is no cron expression: {error}") from None
        except StopIteration:
            raise ValueError(f"the schedule '{name}': '{cron[:60]}' never comes") from None
        return made

    def due(self, since: datetime, until: datetime) -> bool:
        """Whether one of its times came after ``since``, and until ``until``."""
        if self.every:
            return int(until.timestamp()) // self.every > int(since.timestamp()) // self.every
        for local in CronSim(self.cron, (since - _AROUND).astimezone(self._zone)):
            at = local.astimezone(UTC)
            if at > until:
                return False
            if at > since:
                return True
        return False
