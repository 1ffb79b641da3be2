"""Hooks, the route, and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Call, hookimpl
from newel.commands.permissions import SITE_WATCH
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.contracts.site import Metric
from newel.hooks.site import register_metrics
from newel_metrics.access import Scrapers
from newel_metrics.config import MetricsConfig
from newel_metrics.own import Own
from newel_metrics.page import TYPES, Page, form_of
from newel_metrics.reading import Readings

if TYPE_CHECKING:
    from newel.app import App


class MetricsPlugin:
    """Answers only while the site is served: a command is over before there is anything to scrape."""

    def __init__(self, app: App, config: MetricsConfig) -> None:
        self._scrapers = Scrapers(config.token)
        self._own = Own(app)
        self._readings = Readings(app)
        self._page = Page(app, self._readings)
        app.follow(self._readings.renew, register_metrics)

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return [
            Route(
                method="GET", path="/metrics", base="root", handler=self.scraped, needs=SITE_WATCH,
                bearer=self._scrapers.who,
                summary="Figures of the site and its process, in the text format of Prometheus or as OpenMetrics",
            )
        ]  # fmt: skip

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        failures = Metric(
            name="metrics_failures_total", kind="counter", label="plugin", read=self._readings.failures,
            summary="Figures that could not be read, by the plugin that brings them.",
        )  # fmt: skip
        return (*self._own.metrics(), failures)

    async def scraped(self, request: HttpRequest, call: Call) -> HttpAnswer:
        form = form_of(request.headers.get("accept", ""))
        headers = {"Content-Type": TYPES[form], "Vary": "Accept"}
        return HttpAnswer(headers=headers, body=await self._page.text(form))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._readings.renew()
        yield

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with self._own.watching():
            try:
                yield
            finally:
                await self._readings.close()
