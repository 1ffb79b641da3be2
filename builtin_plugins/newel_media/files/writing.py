"""A file that arrives in pieces, in any order, and becomes an asset, or other bytes of one, when it is whole."""

from __future__ import annotations

import asyncio
import json
import os
from bisect import bisect_left
from contextlib import AsyncExitStack
from pathlib import Path as Disk
from typing import TYPE_CHECKING, Any, Literal

from newel import Call, Reject, TooLarge, Transient
from newel.contracts.database import Row
from newel.transact import transact
from newel_media.model import Given

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.files.places import Places
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store

PARTS = 1000
"""Stretches that do not touch each other, of one file on its way."""


class Stretches:
    """Which bytes are there."""

    def __init__(self) -> None:
        self._ends: list[tuple[int, int]] = []
        """From and to, in order, not touching."""

    def add(self, start: int, end: int) -> None:
        """Raises ``Reject`` where there are too many."""
        first = bisect_left(self._ends, start, key=lambda one: one[1])
        last = first
        while last < len(self._ends) and self._ends[last][0] <= end:
            start, end = min(start, self._ends[last][0]), max(end, self._ends[last][1])
            last += 1
        self._ends[first:last] = [(start, end)]
        if len(self._ends) > PARTS:
            raise Reject("this file comes in too many pieces that are out of order")

    @property
    def whole(self) -> bool:
        return not self._ends or (len(self._ends) == 1 and self._ends[0][0] == 0)


class Arriving:
    """Keeps ``Writing``."""

    def __init__(
        self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline, places: Places, folder: str, name: str
    ) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._pipeline = pipeline
        self._places = places
        self._folder = folder
        self._name = name
        self._stack = AsyncExitStack()
        self._there = Stretches()
        self._path: Disk | None = None
        self._file = -1

    async def open(self) -> None:
        place = await self._stack.enter_async_context(self._pipeline.spool.place())
        self._path = place / "upload"
        self._file = await asyncio.to_thread(os.open, self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._stack.callback(os.close, self._file)

    async def write(self, offset: int, data: bytes) -> None:
        most = self._config.max_bytes
        if offset + len(data) > most:
            raise TooLarge(f"a file may have {most:,} bytes at most", extra={"max_bytes": most})
        if data:
            self._there.add(offset, offset + len(data))
            try:
                await asyncio.to_thread(_put, self._file, data, offset)
            except OSError as error:
                raise Transient("there is no room for uploads", code="spool_full", retry_after=60) from error

    async def finish(self, call: Call) -> str:
        if not self._there.whole:
            raise Reject("parts of this file are missing: files are sent whole here", code="incomplete")
        assert self._path is not None  # noqa: S101 - opened
        spooled = await self._pipeline.spool.again(self._path)
        # A tree has every file that was put there: another asset with the same bytes is no substitute.
        keep: Literal["keep"] | None = "keep" if self._config.duplicates == "reuse" else None
        given = Given(name=self._name, folder=self._folder or None, on_duplicate=keep)
        upload = await self._pipeline.arrive(call, spooled, given, source="files")
        await self.abort()
        return await self._stored(call, upload)

    async def _stored(self, call: Call, upload: str) -> str:
        """What a plugin has made of it decides where it goes."""
        row = await self._store.uploads.get(self._store.db, upload)
        found = json.loads(row["found_json"]) if row is not None and row["found_json"] else {}
        there = await self._before(found)
        if there is not None and there["sha256"] == found["sha256"]:
            await transact(self._store.db, lambda tx: self._store.uploads.delete(tx, upload))
            return str(there["name"])
        run = self._app.operations.run
        stored: Any = await (
            run("media.store", {"upload": upload}, call)
            if there is None
            else run("media.replace", {"id": there["id"], "upload": upload}, call)
        )
        return str(stored.name)

    async def _before(self, found: dict[str, Any]) -> Row | None:
        """The asset whose bytes these are from now on."""
        if not found:
            return None
        folder = found["given"]["folder"] or ""
        there = await self._places.asset(folder, self._name) if folder == self._folder else None
        return there or await self._places.asset(folder, found["name"])

    async def abort(self) -> None:
        await self._stack.aclose()


def _put(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, offset)
        view, offset = view[done:], offset + done
