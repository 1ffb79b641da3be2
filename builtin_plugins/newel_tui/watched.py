"""The way to the site with an eye on it: how long it is busy, and what can be undone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from newel.contracts.tui import ScreenSession
from newel_tui.gateway import Gateway, Known, Offered, Person

REMEMBERED = 100
"""Acts that can be undone."""


@frozen
class Act:
    """Something done: its request id and what it is called."""

    request: str
    label: str


class Watched:
    """Keeps ``Gateway``."""

    def __init__(self, gateway: Gateway, changed: Callable[[], None]) -> None:
        self._gateway = gateway
        self._changed = changed
        self.done: list[Act] = []
        self.undone: list[Act] = []
        self.running = 0
        """Requests under way."""

    @property
    def person(self) -> Person:
        return self._gateway.person

    @property
    def title(self) -> str:
        return self._gateway.title

    @property
    def local_files(self) -> bool:
        return self._gateway.local_files

    @property
    def last_request(self) -> str:
        return self._gateway.last_request

    @property
    def operations(self) -> Mapping[str, Known]:
        return self._gateway.operations

    def may(self, operation: str) -> bool:
        return self._gateway.may(operation)

    async def start(self) -> None:
        with self._busy():
            await self._gateway.start()

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        with self._busy():
            answer = await self._gateway.run(operation, params)
        known = self.operations.get(operation)
        if known is not None and known.acts and operation != "audit.undo":
            self.done.append(Act(self._gateway.last_request, known.summary.rstrip(".") or operation))
            del self.done[:-REMEMBERED]
            self.undone.clear()
        return answer

    async def undo(self, acts: list[Act], other: list[Act]) -> str:
        """Undoes the last act of a list; answers what it was called. The undoing itself goes to the other list."""
        act = acts[-1]
        await self.run("audit.undo", {"request_id": act.request})
        acts.pop()
        other.append(Act(self._gateway.last_request, act.label))
        return act.label

    async def screens(self) -> Sequence[Offered]:
        with self._busy():
            return await self._gateway.screens()

    async def interfaces(self) -> Sequence[Offered]:
        with self._busy():
            return await self._gateway.interfaces()

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        with self._busy():
            return await self._gateway.open(plugin, name, params)

    async def edit(self, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession:
        with self._busy():
            return await self._gateway.edit(plugin, name, value, config)

    async def upload(self, file: Path, params: Mapping[str, Any]) -> AsyncIterator[tuple[int, int] | Mapping[str, Any]]:
        async for one in self._gateway.upload(file, params):
            yield one

    async def close(self) -> None:
        await self._gateway.close()

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self.running += 1
        if self.running == 1:
            self._changed()
        try:
            yield
        finally:
            self.running -= 1
            if not self.running:
                self._changed()
