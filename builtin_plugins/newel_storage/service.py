"""The operation ``storage.check``, and whether the store can be written."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from newel import Call, operation
from newel.contracts.blobs import Blobs
from newel.contracts.site import Finding
from newel.errors import NewelError
from newel_storage.model import Examined, Probed
from newel_storage.permissions import STORAGE_CHECK

if TYPE_CHECKING:
    from newel.app import App

FOLDER = "newel-doctor"
WORD = b"well"
KEEP_SECONDS = 60.0
"""How long an answer of the check counts: what it writes may cost."""


class Care:
    """Examines the store of a site."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._one = asyncio.Lock()
        self._known: tuple[float, Finding] | None = None

    @operation("storage.check", needs=STORAGE_CHECK, http="POST /storage/check", privileged=True)
    async def check(self, call: Call) -> Examined:
        """Tries everything that Newel does with the store of files, below `newel-doctor/`, and leaves nothing there."""
        from newel_storage.probing import examined  # brings aiohttp

        store = self._app.need(Blobs)
        async with self._one:
            findings = await examined(store)
        probes = tuple(
            Probed(probe=one.probe, outcome=one.outcome, ms=one.ms, detail=one.detail, fix=one.fix) for one in findings
        )
        return Examined(store=store.name, ok=all(one.outcome != "failed" for one in probes), probes=probes)

    async def look(self) -> Finding:
        """Whether a small file can be put, read and deleted."""
        now = self._app.clock.monotonic()
        if self._known is None or now - self._known[0] >= KEEP_SECONDS:
            self._known = (now, await self._written(self._app.need(Blobs)))
        return self._known[1]

    async def _written(self, store: Blobs) -> Finding:
        key = f"{FOLDER}/health-{secrets.token_hex(8)}"
        try:
            await store.put(key, _word(), size=len(WORD))
            try:
                async with store.get(key) as found:
                    back = b"".join([piece async for piece in found.pieces])
            finally:
                await store.delete(key)
        except NewelError as error:
            told = f"{store.name} cannot be written and read: {error.detail}"
            return Finding(state="failing", detail=told, remedy="Find out why: newel storage doctor")
        if back != WORD:
            told = f"{store.name} gives back other bytes than were put there"
            return Finding(state="failing", detail=told, remedy="Find out why: newel storage doctor")
        return Finding(detail=f"{store.name} can be written and read")


async def _word() -> AsyncIterator[bytes]:
    yield WORD
