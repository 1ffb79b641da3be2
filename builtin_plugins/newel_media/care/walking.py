"""Goes through the store and the table of blobs side by side, in the order of their keys, in bounded memory.

Only keys below our own prefixes are listed: whatever else lies in a bucket is never seen here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import Factory, frozen

from newel import Malformed
from newel.contracts.blobs import Blob, Blobs
from newel.contracts.database import Row
from newel.structure import rfc3339

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.store import Store

PREFIXES = ("incoming/", "originals/", "renditions/")
INCOMING = re.compile(r"incoming/([0-9a-z]{26})/.+")
OURS = re.compile(r"originals/[0-9a-f]{2}/[0-9a-f]{64}|renditions/[0-9a-f]{2}/[0-9a-f]{32}\.[a-z0-9]+")
"""What we call bytes. What has another name and no row is somebody else's, even below our prefixes."""
WINDOW = 100
END = "\U0010ffff"
"""Sorts after every character."""
PLACE = re.compile(rf"(incoming|originals|renditions)/([a-z0-9._/-]*|{END})")


@frozen(kw_only=True)
class Window:
    """A stretch of keys: what lies there, what has a row, and what of it nothing names any more."""

    listed: Mapping[str, Blob]
    rows: Mapping[str, Row]
    loose: Mapping[str, Blob] = Factory(dict)
    end: str
    """The last key of the stretch."""


class Walk:
    """Makes windows."""

    def __init__(self, app: App, config: MediaConfig, store: Store) -> None:
        self._app = app
        self._store = store
        self._grace = timedelta(hours=config.sweep_hours)

    async def windows(self, after: str = "") -> AsyncIterator[Window]:
        """All keys after one, in order."""
        if after and (not PLACE.fullmatch(after) or ".." in after):
            raise Malformed("the cursor is not one that this list gave")
        blobs = self._app.need(Blobs)
        for prefix in PREFIXES:
            if after >= prefix + END:
                continue
            at, more = max(after, prefix), True
            while more:
                listed = await _listed(blobs, prefix, at)
                more = len(listed) == WINDOW
                end = max(listed) if more else prefix + END
                rows = await self._store.claims.between(at, end, WINDOW)
                if len(rows) == WINDOW:  # more rows than blobs: go on where these end
                    end, more = rows[-1]["key"], True
                listed = {key: blob for key, blob in listed.items() if key <= end}
                known = {row["key"]: row for row in rows}
                yield Window(listed=listed, rows=known, loose=await self._loose(listed, known, at, end), end=end)
                at = end

    async def _loose(
        self, listed: Mapping[str, Blob], rows: Mapping[str, Row], after: str, end: str
    ) -> dict[str, Blob]:  # fmt: skip
        now = self._app.clock.now()
        old = rfc3339(now - self._grace)
        loose = await self._store.claims.loose_between(rfc3339(now), after, end)
        return {
            key: blob
            for key, blob in listed.items()
            if key in loose or (key not in rows and blob.modified < old and await self.stray(key))
        }

    async def stray(self, key: str) -> bool:
        """Whether a key without a row is one that we once made, and that nothing waits for."""
        upload = INCOMING.fullmatch(key)
        if upload is not None:
            return await self._store.uploads.get(self._store.db, upload[1].upper()) is None
        return OURS.fullmatch(key) is not None and not await self._store.claims.wanted(key)


async def _listed(blobs: Blobs, prefix: str, after: str) -> dict[str, Blob]:
    found: dict[str, Blob] = {}
    async for blob in blobs.list(prefix, after=after):
        found[blob.key] = blob
        if len(found) == WINDOW:
            break
    return found
