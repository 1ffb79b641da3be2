"""Start, serve, stop: one async context a plugin, reverse exit, errors gathered. And the teller of ``notify`` hooks.

A plugin may have ``running(self)`` (its life: connections, tasks, providers) and, entered only by ``newel serve``,
``listening(self)`` (its door while the site starts: somebody answers, and says that it is not ready) and
``serving(self)`` (its open door, once everybody runs). Each returns an async context manager. Its start may take
``START_SECONDS``, or the plugin's own ``start_seconds`` (``None``: as long as it takes, e.g. to change a large table).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from newel.context import Call
from newel.failures import BROKEN

if TYPE_CHECKING:
    from newel.app import App

START_SECONDS = 60.0
STOP_SECONDS = 30.0
Event = tuple[Callable[..., Any], Any, Call]


class Lifecycle:
    """Runs an application's plugins."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._queue: asyncio.Queue[Event] | None = None
        self.starting: str | None = None
        self.ready = False

    @asynccontextmanager
    async def running(self, serving: bool, only: frozenset[str] | None = None) -> AsyncIterator[None]:
        """Everything (or ``only`` these plugins) up inside the block, down after it.

        Errors of stopping are logged, then raised together.
        """
        errors: list[Exception] = []
        stack: list[tuple[str, AbstractAsyncContextManager[None]]] = []
        self._queue = asyncio.Queue()
        try:
            for part in ("listening", "running") if serving else ("running",):
                for name in list(self._app.plugins):
                    if name in self._app.plugins and (only is None or name in only):
                        await self._enter(name, part, stack)
            async with self._telling(self._queue):
                if serving:
                    for name in list(self._app.plugins):
                        if name in self._app.plugins:
                            await self._enter(name, "serving", stack)
                self.ready = True
                try:
                    yield
                finally:
                    self.ready = False
                    errors += await self._leave(stack, "serving")
        finally:
            self.ready = False
            errors += await self._leave(stack, None)
        if errors:
            raise ExceptionGroup("some plugins failed while stopping", errors)

    async def _enter(self, name: str, part: str, stack: list[tuple[str, AbstractAsyncContextManager[None]]]) -> None:
        make = getattr(self._app.plugins[name], part, None)
        if make is None:
            return
        begun = perf_counter()
        self.starting = name
        try:
            context: AbstractAsyncContextManager[None] = make()
            async with asyncio.timeout(getattr(self._app.plugins[name], "start_seconds", START_SECONDS)):
                await context.__aenter__()
        except BROKEN as error:
            self._app.fail(name, "start", error)
            await self._leave(stack, None, gone=True)
            return
        finally:
            self.starting = None
        stack.append((f"{part} {name}", context))
        self._app.log.debug(
            "started", extra={"plugin": name, "part": part, "ms": round((perf_counter() - begun) * 1000)}
        )
        await self._leave(stack, None, gone=True)  # the HTTP door takes out plugins with routes that cannot be

    async def _leave(
        self, stack: list[tuple[str, AbstractAsyncContextManager[None]]], part: str | None, *, gone: bool = False
    ) -> list[Exception]:
        """Leaves the contexts of a part (``None``: all that are left), last first; with ``gone`` only those of plugins
        that were taken out."""
        errors: list[Exception] = []
        for label, context in reversed(list(stack)):
            if part is not None and not label.startswith(part):
                continue
            if gone and label.partition(" ")[2] in self._app.plugins:
                continue
            stack.remove((label, context))
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await context.__aexit__(None, None, None)
            except Exception as error:
                error.add_note(f"while stopping ({label})")
                self._app.log.error("failed while stopping", extra={"plugin": label}, exc_info=error)
                errors.append(error)
            name = label.partition(" ")[2]
            if not any(other.endswith(f" {name}") for other, _ in stack):
                self._app.providers.withdraw(name)
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
