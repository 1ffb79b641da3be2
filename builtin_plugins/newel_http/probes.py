"""What load balancers and orchestrators ask: is the process alive, is the site ready, has it ever been."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from attrs import asdict

from newel.context import PUBLIC
from newel.contracts.database import Database
from newel.contracts.http import HttpAnswer
from newel.contracts.site import HealthCheck
from newel.errors import NewelError
from newel.hooks.site import register_health_checks
from newel_http import problems
from newel_http.callers import actor_of
from newel_http.exchange import Exchange
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.server import Server

KEEP_SECONDS = 1.0
"""How long a check counts, so that asking often costs nothing."""
CHECK_SECONDS = 2.0
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
PROBES = ("livez", "readyz", "startupz")


class Probes:
    """``/livez`` looks at the event loop only, ``/readyz`` at what a request needs, ``/startupz`` at the first time.

    ``/readyz`` names failed plugins to everybody. Causes and remedies may name folders and hosts: those it shows to an
    admin's token only.
    """

    def __init__(self, app: App, server: Server) -> None:
        self._app = app
        self._server = server
        self._started = False
        self._lock = asyncio.Lock()
        self._checked: tuple[float, dict[str, str]] | None = None

    def entries(self) -> list[Entry]:
        return [
            Entry(method="GET", path=f"/{name}", owner="http", needs=PUBLIC, handle=handle, probe=True)
            for name, handle in zip(PROBES, (self.live, self.ready, self.startup), strict=True)
        ]

    async def live(self, exchange: Exchange) -> HttpAnswer:
        return HttpAnswer(headers=HEADERS, body=b'{"status":"alive"}')

    async def startup(self, exchange: Exchange) -> HttpAnswer:
        self._started = self._started or self._app.ready()
        if self._started:
            return HttpAnswer(headers=HEADERS, body=b'{"status":"started"}')
        return self._starting(exchange)

    async def ready(self, exchange: Exchange) -> HttpAnswer:
        if self._server.draining:
            return self._not_ready(exchange, "the site is stopping", {})
        if not self._app.ready():
            return self._starting(exchange)
        checks = await self._checks()
        if checks.get("database", "ok") != "ok":
            return self._not_ready(exchange, "something that requests need is away", checks)
        degraded = await self._degraded(exchange)
        well = not degraded and all(outcome == "ok" for outcome in checks.values())
        told = {"status": "ready" if well else "degraded", "checks": checks, "degraded": degraded}
        return HttpAnswer(headers=HEADERS, body=orjson.dumps(told))

    def _starting(self, exchange: Exchange) -> HttpAnswer:
        """A migration may take long: it is told apart from a site that hangs."""
        name = self._app.starting
        return self._not_ready(exchange, f"the site is starting{f': {name}' if name else ''}", {})

    async def _degraded(self, exchange: Exchange) -> list[dict[str, str]]:
        failures = self._app.failures
        if failures and await self._may_know(exchange):
            return [asdict(one) for one in failures]
        return self._named()

    def _named(self) -> list[dict[str, str]]:
        return [{"plugin": one.plugin, "stage": one.stage} for one in self._app.failures]

    async def _may_know(self, exchange: Exchange) -> bool:
        try:
            return (await actor_of(self._app, exchange)).everything
        except NewelError:  # a probe answers whatever token it gets
            return False

    def _not_ready(self, exchange: Exchange, detail: str, checks: dict[str, str]) -> HttpAnswer:
        extra: dict[str, Any] = {"checks": checks, "degraded": self._named()}
        headers = {"Retry-After": "1"}
        return problems.problem(503, "not_ready", detail, exchange.path, exchange.request_id, None, extra, headers)

    async def _checks(self) -> dict[str, str]:
        async with self._lock:
            now = self._app.clock.monotonic()
            if self._checked is None or now - self._checked[0] >= KEEP_SECONDS:
                self._checked = (now, await self._check())
            return self._checked[1]

    async def _check(self) -> dict[str, str]:
        felt = [one for _, one in self._app.collected(register_health_checks) if one.felt]
        outcomes = await asyncio.gather(self._database(), *(self._felt(one) for one in felt))
        names = ("database", *(one.name for one in felt))
        return {name: outcome for name, outcome in zip(names, outcomes, strict=True) if outcome}

    async def _database(self) -> str:
        database = self._app.find(Database)
        if database is None:
            return ""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await database.fetch_one("select 1")
        except Exception as error:
            self._app.log.error("the database does not answer", exc_info=error)
            return "away"
        return "ok"

    async def _felt(self, check: HealthCheck) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return (await check.look()).state
        except Exception:  # noqa: BLE001 - why is told by health, to those who may know it
            return "failing"
