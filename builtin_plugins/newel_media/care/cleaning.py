"""Removes keys that nothing names, one after the other, each safe beside uploads: see ``store.claims``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel.contracts.backup import BLOBS_KEPT
from newel.contracts.blobs import Blob, Blobs
from newel.errors import Transient
from newel.structure import rfc3339
from newel_media.care.walking import INCOMING

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.care.walking import Walk
    from newel_media.store import Store

SHOWN = 100


@frozen(kw_only=True)
class Cleaned:
    """What was removed, or would be. ``next`` is the cursor to go on with; empty: that was all."""

    dry_run: bool
    checked: Annotated[int, "Keys in the store that were looked at."]
    keys: Annotated[int, "Keys that nothing names."]
    bytes: int
    names: Annotated[tuple[str, ...], "The first 100 of them."]
    next: str | None = None


class Cleaning:
    """What ``media.cleanup`` does."""

    def __init__(self, app: App, store: Store, walk: Walk) -> None:
        self._app = app
        self._store = store
        self._walk = walk

    async def part(self, after: str, most: int, *, dry_run: bool) -> Cleaned:
        """From behind a key; ends with the stretch in which ``most`` keys are reached. Raises ``Transient`` while a
        backup reads."""
        if dry_run:
            return await self._part(after, most, dry_run=True)
        try:
            async with self._store.db.lock(BLOBS_KEPT, wait=5):
                return await self._part(after, most, dry_run=False)
        except Transient as error:
            if error.reason != "locked":
                raise
            raise Transient("a backup is reading the files: clean up when it is done", retry_after=60.0) from None

    async def _part(self, after: str, most: int, *, dry_run: bool) -> Cleaned:
        checked, size, gone, next_ = 0, 0, list[str](), None
        async for window in self._walk.windows(after):
            checked += len(window.listed)
            for key, blob in window.loose.items():
                if dry_run or await self._remove(blob):
                    gone.append(key)
                    size += blob.size
            if checked >= most:
                next_ = window.end
                break
        names = tuple(gone[:SHOWN])
        return Cleaned(dry_run=dry_run, checked=checked, keys=len(gone), bytes=size, names=names, next=next_)

    async def _remove(self, blob: Blob) -> bool:
        key, now = blob.key, rfc3339(self._app.clock.now())
        if INCOMING.fullmatch(key) and not await self._store.claims.known(key):  # nobody else will ever write there
            if not await self._walk.stray(key):
                return False
            await self._app.need(Blobs).delete(key)
            return True
        if not await self._store.claims.condemn(key, blob.size, now):
            return False
        await self._app.need(Blobs).delete(key)
        await self._store.claims.forget(key)
        return True
