"""``/livez``, ``/readyz``, ``/startupz``: for machines, without credentials, and cheap however often they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from newel.context import PUBLIC
from newel.contracts.database import Database
from newel.contracts.http import HttpAnswer
from newel.errors import NewelError
from newel_http.exchange import Exchange
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.server import Server

SECONDS = 1.0
"""How long an answer of ``/readyz`` is kept, so that nobody makes work by asking."""


class Health:
    """Alive: the loop turns. Ready: everybody runs, the database answers, and no stop is under way."""

    def __init__(self, app: App, server: Server) -> None:
        self._app = app
        self._server = server
        self._kept: tuple[float, HttpAnswer] | None = None

    async def live(self, exchange: Exchange) -> HttpAnswer:
        return _answer(200, {"status": "alive"})

    async def started(self, exchange: Exchange) -> HttpAnswer:
        return _answer(200 if self._app.ready() else 503, {"status": "started" if self._app.ready() else "starting"})

    async def ready(self, exchange: Exchange) -> HttpAnswer:
        now = self._app.clock.monotonic()
        if self._server.draining or not self._app.ready():
            return _answer(503, {"status": "stopping" if self._server.draining else "starting"})
        if self._kept is None or now - self._kept[0] >= SECONDS:
            self._kept = (now, await self._looked())
        return self._kept[1]

    async def _looked(self) -> HttpAnswer:
        degraded = [{"plugin": one.plugin, "stage": one.stage} for one in self._app.failures]
        told: dict[str, Any] = {"status": "degraded" if degraded else "ready", "degraded": degraded}
        database = self._app.find(Database)
        if database is not None:
            try:
                await database.fetch_one("SELECT 1 AS one")
            except NewelError as error:
                return _answer(503, {"status": "unready", "database": error.reason})
        return _answer(200, told)


def _answer(status: int, told: dict[str, Any]) -> HttpAnswer:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return HttpAnswer(status=status, headers=headers, body=orjson.dumps(told))


def health_entries(app: App, server: Server) -> list[Entry]:
    health = Health(app, server)
    handles = {"/livez": health.live, "/readyz": health.ready, "/startupz": health.started}
    return [
        Entry(method="GET", path=path, owner="http", needs=PUBLIC, handle=handle, probe=True)
        for path, handle in handles.items()
    ]
