"""Asks every check, side by side, each for as long as it may take."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from newel.contracts.site import Finding, HealthCheck, State
from newel.errors import BootError, NewelError
from newel.hooks.site import register_health_checks
from newel.structure import rfc3339
from newel_site.model import Checked, Health

if TYPE_CHECKING:
    from newel.app import App

KEEP_SECONDS = 1.0
"""How long an answer counts, so that asking often costs nothing."""
WORST: tuple[State, ...] = ("failing", "warning", "ok")


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
        found: dict[str, tuple[str, HealthCheck]] = {}
        for owner, one in self._app.collected(register_health_checks):
            if one.name in found:
                raise BootError(f"{found[one.name][0]} and {owner} both bring a check '{one.name}'")
            found[one.name] = (owner, one)
        self._checks, self._known = sorted(found.values(), key=lambda pair: pair[1].name), None

    async def asked(self) -> Health:
        """The state of everything. Who asks while others are asking gets the same answer."""
        async with self._lock:
            now = self._app.clock.monotonic()
            if self._known is None or now - self._known[0] >= KEEP_SECONDS:
                self._known = (now, await self._all())
            return self._known[1]

    async def _all(self) -> Health:
        found = await asyncio.gather(*(self._one(owner, check) for owner, check in self._checks))
        state = min((one.state for one in found), key=WORST.index, default=WORST[-1])
        checks = tuple(sorted(found, key=lambda one: (WORST.index(one.state), one.name)))
        return Health(state=state, checked_at=rfc3339(self._app.clock.now()), checks=checks)

    async def _one(self, owner: str, check: HealthCheck) -> Checked:
        begun = perf_counter()
        try:
            async with asyncio.timeout(check.seconds):
                finding = await check.look()
        except TimeoutError:
            finding = Finding(
                state="failing", detail=f"no answer in {check.seconds:g} s", remedy="See the log of this moment."
            )
        except NewelError as error:
            finding = Finding(state="failing", detail=error.detail, remedy="See the log of this moment.")
        except Exception as error:
            if self._broken.get(check.name) != repr(error):
                self._broken[check.name] = repr(error)
                self._app.log.error("a check failed", extra={"plugin": owner, "check": check.name}, exc_info=error)
            finding = Finding(
                state="failing", detail=f"the check itself failed: {type(error).__name__}", remedy="See the log."
            )
        ms = round((perf_counter() - begun) * 1000)
        return Checked(
            name=check.name, plugin=owner, summary=check.summary, state=finding.state, detail=finding.detail,
            remedy=finding.remedy, ms=ms,
        )  # fmt: skip
