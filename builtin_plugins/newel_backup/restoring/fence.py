"""Keeps writes out of a database that a site is moving away from.

The fence is a note in the old database. Each process looks at it when it is to write and its last
look is ``LEASE`` seconds old: so from ``LEASE`` after the fence was put, nobody begins an act that writes. A fence of a
swap that was killed runs out, unless the site's configuration says that the swap happened.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from newel import tomlfile
from newel.config import FILE
from newel.contracts.database import Database
from newel.errors import BootError, Transient
from newel.structure import rfc3339
from newel_backup.known import Known

FENCE = "fence"
LEASE = 1.0
"""Seconds that a process may rely on its last look."""
EXPIRY = timedelta(seconds=60)
RENEWED = 15.0
"""Seconds between two renewals."""
MOVING, MOVED = "moving", "moved"


def mark(text: str) -> str:
    """Stands for a URL that may hold a password."""
    return hashlib.sha256(text.encode()).hexdigest()


class Fence:
    """The old database's fence, in the hands of whoever swaps."""

    def __init__(self, database: Database, new: str) -> None:
        """``new``: what the configuration's ``database.url`` will say once the swap has happened."""
        self._database = database
        self._known = Known(database)
        self._mark = mark(new)

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """When the block begins, no process begins to write any more. At its end the fence is gone, unless ``moved``
        was called."""
        await self._put()
        await asyncio.sleep(LEASE * 1.2)  # what every process relies on has run out
        renewing = asyncio.create_task(self._renewing(), name="newel-backup-fence")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await self._lifted()

    async def moved(self) -> None:
        """For good: the site is elsewhere."""
        await self._known.put(FENCE, orjson.dumps({"state": MOVED}).decode())

    async def _put(self) -> None:
        until = rfc3339(await self._database.now() + EXPIRY)
        await self._known.put(FENCE, orjson.dumps({"state": MOVING, "until": until, "swap": self._mark}).decode())

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(RENEWED)
            await self._put()

    async def _lifted(self) -> None:
        found = _read(await self._known.get(FENCE))
        if found.get("state") == MOVING:
            await self._known.remove(FENCE)


class FenceGate:
    """Provides ``Gate`` in a process that serves the site."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._known = Known(database)
        self._file = folder / FILE
        self._good_until = 0.0

    async def passing(self) -> None:
        now = monotonic()
        if now < self._good_until:
            return
        if (text := await self._known.get(FENCE)) is not None:
            await self._refuse(_read(text))
        self._good_until = now + LEASE

    async def closed(self) -> str:
        """Why writes are not taken; empty: they are."""
        try:
            await self.passing()
        except Transient as error:
            return error.detail
        return ""

    async def _refuse(self, found: dict[str, Any]) -> None:
        if found.get("state") == MOVED or (found.get("state") == MOVING and await self._swapped(found)):
            raise Transient(
                "this site was restored into another database: it takes no writes until it is started again",
                code="site_moved", retry_after=30.0,
            )  # fmt: skip
        if found.get("state") == MOVING and rfc3339(await self._database.now()) < str(found.get("until")):
            raise Transient("this site is being restored: try again in a moment", code="site_moving", retry_after=5.0)

    async def _swapped(self, found: dict[str, Any]) -> bool:
        """The configuration has the last word, should whoever swapped have been killed right after it."""
        with suppress(BootError):
            (text,) = await asyncio.to_thread(tomlfile.texts, self._file, ("database", "url"))
            return isinstance(text, str) and mark(text) == found.get("swap")
        return False


def _read(text: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text or "{}")
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}
