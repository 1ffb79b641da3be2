"""Hooks, and the running part: what watches, and the log that is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from newel import Call, hookimpl, operations_of
from newel.hooks.site import register_health_checks, register_metrics
from newel_site.config import SiteConfig
from newel_site.health import Checks
from newel_site.measuring import Measured
from newel_site.own_checks import OwnChecks
from newel_site.recording import Recorder
from newel_site.sampling import Sampler
from newel_site.service import SiteOperations

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.site import HealthCheck, Metric
    from newel.contracts.tui import Screen
    from newel.operations import Invocation, Operation


class SitePlugin:
    """Watches only while the site is served: a command is over before there is anything to see."""

    def __init__(self, app: App, config: SiteConfig) -> None:
        self._app = app
        self._own = OwnChecks(app, config)
        self._checks = Checks(app)
        self._recorder = Recorder(config.log_records, app.clock)
        self._measured = Measured(config.sample_seconds)
        self.sampler = Sampler(app, config)
        app.log.addHandler(self._recorder)  # already now, for what happens at the start
        self._operations = SiteOperations(app, self._checks, self._recorder, self.sampler)
        app.follow(self._renew, register_health_checks, register_metrics)

    def _renew(self) -> None:
        self._checks.renew()
        self.sampler.renew()

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._operations)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_site.screens import screens

        return screens(self._app, lambda: self._measured.writes)

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return self._own.all()

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return self._measured.metrics()

    @hookimpl
    def operation_around_run(self, invocation: Invocation, call: Call) -> AbstractAsyncContextManager[None] | None:
        # A part of a larger operation is no act of its own.
        if call.work is not None:
            return None
        return self._measured.timed(call.door, write=invocation.operation.effect == "write")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._renew()
        self._app.log.addHandler(self._recorder)
        try:
            yield
        finally:
            self._app.log.removeHandler(self._recorder)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with self._measured.beating(), self.sampler.sampling():
            yield
