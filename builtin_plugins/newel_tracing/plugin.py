"""Traces: hooks, and the running part. OpenTelemetry is imported only where spans are sent somewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.database import Database
from newel.contracts.site import Metric
from newel.contracts.tracing import Tracing
from newel.errors import BootError
from newel_tracing.config import TracingConfig
from newel_tracing.counts import Counts

if TYPE_CHECKING:
    from newel.app import App


class TracingPlugin:
    """Provides ``Tracing`` where ``endpoint`` is set."""

    def __init__(self, app: App, config: TracingConfig) -> None:
        self._app = app
        self._config = config
        self._counts = Counts()

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return self._counts.metrics() if self._config.endpoint else ()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self._config.endpoint:
            yield
            return
        try:
            from newel_tracing.sending import Sender
            from newel_tracing.tracer import Tracer
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("opentelemetry", "requests"):
                raise
            raise BootError("tracing.endpoint needs OpenTelemetry. Install it: pip install 'newel[tracing]'") from None
        async with Sender.started(self._config, self._counts, self._app.log) as sender:
            self._app.provide(Tracing, Tracer(self._config, sender, self._counts, self._dialect))
            yield

    def _dialect(self) -> str:
        database = self._app.find(Database)
        return "" if database is None else database.dialect
