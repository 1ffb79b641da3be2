"""A site whose traces are sent, with things to trace: `things.change` of the jobs' tests writes, tells and asks for a
job; `/told` answers what the request was told."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from attrs import define
from tests.builtin_plugins.jobs.site import LISTENS, PLUGINS, Things
from tests.builtin_plugins.tracing.collector import Collector, collecting

from newel import PUBLIC, Call, Manifest, Reject, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.contracts.jobs import JobKind, JobRun
from newel.testing import Client, FakeAccounts, make_app

KEPT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNKEPT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
TRACE = KEPT.split("-")[1]
CANARY = "canary-77"


class Talks:
    """Routes, and a hook around operations."""

    manifest: ClassVar[Manifest] = Manifest(name="talks", summary="Talks.", load=f"{__name__}:Talks")

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return [
            Route(
                method="GET", path="/told/{name}", handler=self.told, needs=PUBLIC, summary="Asks the database.",
                query={"q": "Anything."},
            ),
            Route(method="GET", path="/said", handler=self.said, needs=PUBLIC, summary="Says nothing."),
            Route(method="GET", path="/broken", handler=self.broken, needs=PUBLIC, summary="Fails."),
        ]  # fmt: skip

    async def told(self, request: HttpRequest, call: Call) -> HttpAnswer:
        database = self._app.need(Database)
        for number in range(int(dict(request.query).get("q", "1"))):
            await database.fetch_one("SELECT count(*) AS c FROM things_effects WHERE id = :id", {"id": f"{number}"})
        self._app.log.info("told")
        return HttpAnswer(body=b"")

    async def said(self, request: HttpRequest, call: Call) -> HttpAnswer:
        self._app.log.info("said")
        return HttpAnswer(body=b"")

    async def broken(self, request: HttpRequest, call: Call) -> HttpAnswer:
        raise RuntimeError(CANARY)

    @hookimpl
    async def operation_before_run(self, invocation: Any) -> None:
        if getattr(invocation.order, "name", None) == "refused":
            raise Reject("no")


@define
class Traced:
    app: App
    client: Client
    collector: Collector
    log: io.StringIO

    async def get(self, path: str, **headers: str) -> Any:
        return await self.client.get(path, headers={name.replace("_", "-"): said for name, said in headers.items()})


async def _job(run: JobRun) -> None:
    return None


@asynccontextmanager
async def traced(
    collector: Collector | None = None, *, kinds: Sequence[JobKind] = (), **settings: Any
) -> AsyncIterator[Traced]:
    """With a database, jobs and somebody who listens; see ``talking`` for the rest."""
    Things.kinds[:] = kinds or [JobKind(name="things.work", summary="Works.", run=_job)]
    Things.schedules[:] = []
    async with talking(collector, *PLUGINS, LISTENS, **settings) as site:
        yield site


@asynccontextmanager
async def talking(
    collector: Collector | None = None, *more: Manifest | str, http: Any = None, **tracing: Any
) -> AsyncIterator[Traced]:
    """Everything is kept and sent at once, if not said otherwise."""
    log = io.StringIO()
    async with collecting() as fresh:
        used = collector or fresh
        settings = {"endpoint": used.url, "sample_ratio": 1.0, "interval": 0.05, "flush_seconds": 10.0} | tracing
        config = {"tracing": settings, "http": http or {}, "log": {"level": "debug", "format": "json"}}
        plugins = [*more, "http", "tracing", FakeAccounts.manifest, Talks.manifest]
        async with (
            make_app(plugins, config, serving=True, log=log) as app,
            Client.of(app, "admin-token") as client,
        ):
            yield Traced(app, client, used, log)
