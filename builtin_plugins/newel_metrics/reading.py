"""Reads the figures of all plugins. One that fails or is slow leaves the others as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define

from newel.checks import by_name
from newel.contracts.site import LABELS, Metric, Reading
from newel.failures import BROKEN
from newel.hooks.site import register_metrics
from newel_metrics.rows import Rows, rows_of

if TYPE_CHECKING:
    from newel.app import App

READ_SECONDS = 1.0
REST_SECONDS = 60.0
"""For how long a reading that took too long is left alone."""


@define(eq=False)
class _Source:
    owner: str
    metric: Metric
    due: float = float("-inf")
    kept: Rows | None = None
    task: asyncio.Task[None] | None = None
    stubborn: bool = False
    """Whether its reading goes on though it was cancelled: nobody waits for that again."""
    said: str = ""
    """What the log was told: it is not told again at every scrape."""


class Readings:
    """The figures of this process, as they are now; dear ones (``Metric.every``) as they were a little ago."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._sources: list[_Source] = []
        self._failed: dict[str, int] = {}

    def renew(self) -> None:
        """Looks at who brings figures now. Raises ``BootError`` for two of one name."""
        known = {one.metric.name: one for one in self._sources}
        found = by_name(self._app.collected(register_metrics), "figure")
        sources = [
            old if (old := known.get(metric.name)) is not None and old.metric is metric else _Source(owner, metric)
            for owner, metric in found
        ]
        for one in self._sources:
            if one.task is not None and one not in sources:
                one.task.cancel()
        self._sources = sources

    def failures(self) -> Mapping[str, float]:
        return {owner: float(count) for owner, count in self._failed.items()}

    async def taken(self) -> Sequence[tuple[Metric, Rows]]:
        """All that can be read in a second. What is dear and known is read anew beside this, for the next time."""
        now = self._app.clock.monotonic()
        waited = []
        for one in self._sources:
            if one.task is None and now >= one.due:
                one.due = now + one.metric.every
                self._begin(one)
            if one.task is not None and one.kept is None and not one.stubborn:
                waited.append(one)
        if waited:
            # They end by themselves; but for one that does not let itself be cancelled.
            tasks = [one.task for one in waited if one.task is not None]
            await asyncio.wait(tasks, timeout=2 * READ_SECONDS)
            for one in waited:
                one.stubborn = one.task is not None
        return [(one.metric, one.kept) for one in self._sources if one.kept is not None]

    async def close(self) -> None:
        """Ends what is being read, but for what does not let itself be cancelled."""
        tasks = [one.task for one in self._sources if one.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=READ_SECONDS)

    def _begin(self, one: _Source) -> None:
        if not one.metric.every:
            one.kept = None
        try:
            read = one.metric.read()
            if not isinstance(read, Awaitable):
                self._keep(one, read)
                return
        except BROKEN as error:
            self._failure(one, error)
            return

        async def told() -> None:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    self._keep(one, await read)
            except TimeoutError as error:
                one.due = self._app.clock.monotonic() + REST_SECONDS
                self._failure(one, error)
            except BROKEN as error:
                self._failure(one, error)
            finally:
                one.task, one.stubborn = None, False

        one.task = asyncio.create_task(told(), name="newel-metrics-reading")

    def _keep(self, one: _Source, reading: Reading) -> None:
        one.kept, one.said = rows_of(one.metric, reading), ""

    def _failure(self, one: _Source, error: BaseException) -> None:
        one.kept = None
        owner = one.owner if one.owner in self._failed or len(self._failed) < LABELS else "other"
        self._failed[owner] = self._failed.get(owner, 0) + 1
        if one.said != (said := repr(error)):
            one.said = said
            details = {"plugin": one.owner, "metric": one.metric.name}
            self._app.log.warning("a figure could not be read", extra=details, exc_info=error)
