"""What no other plugin measures: the hooks of each plugin, their states, and how late the event loop is."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from newel.contracts.site import SERIES, Metric, Spread

if TYPE_CHECKING:
    from newel.app import App

BEAT_SECONDS = 0.5
LATE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Seconds."""


class Own:
    """Keeps them, while the site is served."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._calls: dict[tuple[str, ...], int] = {}
        self._seconds: dict[tuple[str, ...], float] = {}
        self._late = [0] * (len(LATE) + 1)
        self._late_seconds = 0.0

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        beat = asyncio.create_task(self._beat(), name="newel-metrics-beat")
        self._app.hooks.observers.append(self._called)
        try:
            yield
        finally:
            self._app.hooks.observers.remove(self._called)
            beat.cancel()
            with suppress(asyncio.CancelledError):
                await beat

    def _called(self, hook: str, plugin: str, seconds: float, _: Any) -> None:
        key = (plugin, hook)
        if key in self._calls:
            self._calls[key] += 1
            self._seconds[key] += seconds
        elif len(self._calls) < SERIES:
            self._calls[key], self._seconds[key] = 1, seconds

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(BEAT_SECONDS)
            late = max(0.0, loop.time() - begun - BEAT_SECONDS)
            self._late[bisect_left(LATE, late)] += 1
            self._late_seconds += late

    def states(self) -> Mapping[tuple[str, ...], float]:
        """1 for the state that each plugin is in."""
        app = self._app
        failed = {one.plugin for one in app.failures}
        found: dict[tuple[str, ...], float] = {}
        for name in sorted(app.found):
            state = "on" if name in app.plugins else "failed" if name in failed else "off"
            found[state, name] = 1.0
        return found

    def failures(self) -> Mapping[tuple[str, ...], float]:
        return {key: float(count) for key, count in self._app.hooks.failed.items()}

    def paused(self) -> Mapping[tuple[str, ...], float]:
        hooks = self._app.hooks
        return {key: float(hooks.paused(*key) > 0) for key in hooks.health()}

    def metrics(self) -> Sequence[Metric]:
        pair = ("plugin", "hook")
        return (
            Metric(
                name="plugin_state", labels=("state", "plugin"), read=self.states,
                summary="1 for the state of each plugin: `on`, `off` or `failed`.",
            ),
            Metric(
                name="hook_calls_total", kind="counter", labels=pair, summary="Calls of the hooks of plugins.",
                read=lambda: {key: float(count) for key, count in self._calls.items()},
            ),
            Metric(
                name="hook_duration_seconds_total", kind="counter", unit="seconds", labels=pair,
                read=lambda: dict(self._seconds), summary="How long those calls took in all.",
            ),
            Metric(
                name="hook_failures_total", kind="counter", labels=pair, read=self.failures,
                summary="Calls of hooks that failed or took too long.",
            ),
            Metric(
                name="hook_paused", labels=pair, read=self.paused,
                summary="1 for a hook that is skipped for a minute, since it failed again and again.",
            ),
            Metric(
                name="event_loop_delay_seconds", kind="histogram", unit="seconds", bounds=LATE,
                read=lambda: Spread(counts=tuple(self._late), sum=self._late_seconds),
                summary="How late the event loop was, asked twice a second.",
            ),
        )  # fmt: skip
