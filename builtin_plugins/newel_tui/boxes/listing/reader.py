"""Reads rows beside what somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from newel.contracts.layout import harmless
from newel.contracts.views import Listing
from newel.errors import NewelError, Unauthenticated
from newel_tui.boxes.base import Host
from newel_tui.boxes.listing.feed import Feed
from newel_tui.boxes.listing.forest import Forest
from newel_tui.boxes.listing.source import Asking, Source
from newel_tui.boxes.listing.spot import Spot


class Reader:
    """Keeps what is seen at hand. ``changed`` is told when rows have come. Answers to what is not asked any more are
    dropped."""

    def __init__(self, host: Host, view: Listing, spot: Spot, changed: Callable[[], None]) -> None:
        self._host = host
        self._spot = spot
        self._changed = changed
        self._lock = asyncio.Lock()
        self._running = False
        self.view = view
        self.narrowed: Mapping[str, Any] = {}
        self.error = ""
        self.travelling = False
        """Whether it reads on to the end."""
        self.source: Source = self._made()

    @property
    def busy(self) -> bool:
        return self._running or self._lock.locked()

    def _made(self) -> Source:
        view, gateway = self.view, self._host.gateway
        known = gateway.operations.get(view.ask.operation) if view.ask is not None else None
        size = view.size if known is not None and "limit" in known.inputs else None
        asking = Asking(gateway.run, view, self.narrowed, size)
        return (Forest if view.below is not None else Feed)(asking, view.ask, view.rows)

    def begin(self, view: Listing, narrowed: Mapping[str, Any]) -> None:
        """Another list, or the same narrowed in another way: from the start."""
        self.view, self.narrowed, self.error, self.travelling = view, narrowed, "", False
        self.source = self._made()
        self._spot.at = self._spot.top = 0
        self._spot.forward = True

    def look(self) -> None:
        """Reads what is missing, if anything is."""
        if not self._running and not self.error:
            self._running = True
            self._host.start(self._read())

    async def _read(self) -> None:
        try:
            while True:
                source = self.source
                async with self._lock:
                    try:
                        if not await source.step(*self._spot.seen, self._spot.forward) and source is self.source:
                            break
                    except NewelError as error:
                        if source is self.source:
                            self._failed(error)
                            break
                self._changed()
        finally:
            self._running = False
            self._changed()

    async def reload(self) -> None:
        async with self._lock:
            self.error, source = "", self.source
            try:
                await source.reload(*self._spot.seen)
            except NewelError as error:
                self._failed(error)
        self._changed()

    async def to_end(self) -> None:
        """Reads on until there is no more, or ``travelling`` is put out. Keyset pages have no other way there."""
        source, self.travelling = self.source, True
        try:
            while self.travelling and isinstance(source, Feed) and source is self.source and not source.ended:
                async with self._lock:
                    await source.on()
                self._changed()
                await asyncio.sleep(0)  # keys are heard also where answers come at once
        except NewelError as error:
            self._failed(error)
        finally:
            self.travelling = False
            self._changed()

    def _failed(self, error: NewelError) -> None:
        if isinstance(error, Unauthenticated):
            raise error
        self.error = harmless(error.detail)
