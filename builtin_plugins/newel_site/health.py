"""Asks every check, side by side, each for as long as it may take."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from newel.checks import WORST, by_name, finding_of, worst
from newel.contracts.site import HealthCheck
from newel.hooks.site import register_health_checks
from newel.structure import rfc3339
from newel_site.model import Checked, Health

if TYPE_CHECKING:
    from newel.app import App

KEEP_SECONDS = 1.0
"""How long an answer counts, so that asking often costs nothing."""


class Checks:
    """All checks of the site."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._checks: list[tuple[str, HealthCheck]] = []
        self._lock = asyncio.Lock()
        self._known: tuple[float, Health] | None = None
        self._broken: dict[str, str] = {}
        """What checks that are broken said when the log was told: it is not told again every few seconds."""

    def renew(self) -> None:
        """Looks at who brings checks now. Raises ``BootError`` for two of one name."""
        self._checks, self._known = by_name(self._app.collected(register_health_checks), "check"), None

    async def asked(self) -> Health:
        """The state of everything. Who asks while others are asking gets the same answer."""
        async with self._lock:
            now = self._app.clock.monotonic()
            if self._known is None or now - self._known[0] >= KEEP_SECONDS:
                self._known = (now, await self._all())
            return self._known[1]

    async def _all(self) -> Health:
        found = await asyncio.gather(*(self._one(owner, check) for owner, check in self._checks))
        state = worst(one.state for one in found)
        checks = tuple(sorted(found, key=lambda one: (WORST.index(one.state), one.name)))
        return Health(state=state, checked_at=rfc3339(self._app.clock.now()), checks=checks)

    async def _one(self, owner: str, check: HealthCheck) -> Checked:
        begun = perf_counter()
        finding = await finding_of(check, lambda error: self._told(owner, check, error))
        ms = round((perf_counter() - begun) * 1000)
        return Checked(
            name=check.name, plugin=owner, summary=check.summary, state=finding.state, detail=finding.detail,
            remedy=finding.remedy, ms=ms,
        )  # fmt: skip

    def _told(self, owner: str, check: HealthCheck, error: Exception) -> None:
        if self._broken.get(check.name) != repr(error):
            self._broken[check.name] = repr(error)
            self._app.log.error("a check failed", extra={"plugin": owner, "check": check.name}, exc_info=error)
