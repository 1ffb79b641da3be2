"""Start, serve, stop: one async context a plugin, reverse exit, errors gathered. And the teller of ``notify`` hooks.

A plugin may have ``running(self)`` (its life: connections, tasks, providers) and, entered only by ``newel serve``,
``listening(self)`` (its door while the site starts: somebody answers, and says that it is not ready) and
``serving(self)`` (its open door, once everybody runs). Each returns an async context manager. Its start may take
``START_SECONDS``, or the plugin's own ``start_seconds`` (``None``: as long as it takes, e.g. to change a large table).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from contextvars import Context
from time import perf_counter
from typing import TYPE_CHECKING, Any

from newel.context import Call
from newel.failures import BROKEN
from newel.life import STOP_SECONDS, Life

if TYPE_CHECKING:
    from newel.app import App

START_SECONDS = 60.0
Event = tuple[Callable[..., Any], Any, Call]


class Lifecycle:
    """Runs an application's plugins."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._queue: asyncio.Queue[Event] | None = None
        self._lives: list[Life] = []
        self.starting: str | None = None
        self.ready = False
        self.serving = False

    @asynccontextmanager
    async def running(self, serving: bool, only: frozenset[str] | None = None) -> AsyncIterator[None]:
        """Everything (or ``only`` these plugins) up inside the block, down after it.

        Errors of stopping are logged, then raised together.
        """
        errors: list[Exception] = []
        self._queue = asyncio.Queue()
        self.serving = serving
        try:
            for part in ("listening", "running") if serving else ("running",):
                for name in list(self._app.plugins):
                    if name in self._app.plugins and (only is None or name in only):
                        await self._enter(name, part)
            async with self._telling(self._queue):
                if serving:
                    for name in list(self._app.plugins):
                        if name in self._app.plugins:
                            await self._enter(name, "serving")
                self.ready = True
                try:
                    yield
                finally:
                    self.ready = False
                    errors += await self._leave("serving")
        finally:
            self.ready = self.serving = False
            errors += await self._leave(None)
        if errors:
            raise ExceptionGroup("some plugins failed while stopping", errors)

    async def _enter(self, name: str, part: str) -> None:
        try:
            await self.begin(name, self._app.plugins[name], part)
        except BROKEN as error:
            self._app.fail(name, "start", error)
        await self._leave(None, gone=True)  # the HTTP door takes out plugins with routes that cannot be

    async def begin(self, name: str, plugin: object, part: str, around: Context | None = None) -> None:
        """Enters a part of a plugin's life, where it has that part. Raises what the plugin raises."""
        make = getattr(plugin, part, None)
        if make is None:
            return
        begun = perf_counter()
        self.starting = name
        try:
            life = Life(name, part, make(), lambda error: self._app.report_death(name, error))
            await life.begin(getattr(plugin, "start_seconds", START_SECONDS), around)
        finally:
            self.starting = None
        self._lives.append(life)
        self._app.log.debug(
            "started", extra={"plugin": name, "part": part, "ms": round((perf_counter() - begun) * 1000)}
        )

    async def end(self, name: str) -> list[Exception]:
        """Stops one plugin; answers its errors, which are logged."""
        return await self._leave(None, name=name)

    async def _leave(self, part: str | None, *, gone: bool = False, name: str | None = None) -> list[Exception]:
        """Leaves the contexts of a part (``None``: all that are left), last first; with ``gone`` only those of plugins
        that were taken out, with ``name`` only that plugin's."""
        errors: list[Exception] = []
        for life in reversed(list(self._lives)):
            if part is not None and life.part != part:
                continue
            if (gone and life.name in self._app.plugins) or (name is not None and life.name != name):
                continue
            self._lives.remove(life)
            label = f"{life.part} {life.name}"
            try:
                await life.end()
            except Exception as error:
                error.add_note(f"while stopping ({label})")
                self._app.log.error("failed while stopping", extra={"plugin": label}, exc_info=error)
                errors.append(error)
            if not any(other.name == life.name for other in self._lives):
                self._app.providers.withdraw(life.name)
        return errors

    # -- telling ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _telling(self, queue: asyncio.Queue[Event]) -> AsyncIterator[None]:
        """The task that tells ``notify`` hooks in the order of their commits. At the end it tells what is left."""
        task = asyncio.create_task(self._tell_all(queue), name="newel-notify")
        try:
            yield
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await queue.join()
            except TimeoutError:
                self._app.log.error("stopped with events untold", extra={"events": queue.qsize()})
        finally:
            self._queue = None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _tell_all(self, queue: asyncio.Queue[Event]) -> None:
        while True:
            spec, subject, call = await queue.get()
            try:
                await self._app.hooks.notify(spec, subject, call)
            finally:
                queue.task_done()

    def tell(self, events: Iterable[tuple[Callable[..., Any], Any]], call: Call) -> None:
        for spec, subject in events:
            if self._queue is not None and self._app.hooks.used(spec):
                self._queue.put_nowait((spec, subject, call))

    async def settle(self) -> None:
        if self._queue is not None:
            await self._queue.join()
