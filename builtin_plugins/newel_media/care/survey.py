"""How the library is: what lies there for nothing, what is lost, what is unfinished."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from attrs import Factory, define, frozen

from newel import NotFound
from newel.contracts.blobs import Blobs
from newel.contracts.database import Row
from newel.structure import rfc3339
from newel_media.care.walking import Window
from newel_media.store.listing import Filter

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.care.walking import Walk
    from newel_media.store import Store

SHOWN = 100
"""Of each finding, at most."""
LATE = timedelta(hours=2)
"""The sweep comes every hour."""
Progress = Callable[[float, float | None, str], Awaitable[None]]


@frozen(kw_only=True)
class Lost:
    """Bytes that something names and that are not there, or not as they were."""

    key: str
    expected: Annotated[int, "Bytes."]
    found: Annotated[int | None, "Bytes; empty: nothing is there."]
    assets: Annotated[tuple[str, ...], "Files with these bytes; eleven at most."]


@frozen(kw_only=True)
class Health:
    """What was found; lists hold 100 at most, counts are whole. ``next`` is the cursor to go on with."""

    checked: Annotated[int, "Keys in the store."]
    bytes: int
    loose: Annotated[int, "Keys that nothing names; `media.cleanup` removes them."]
    loose_bytes: int
    loose_keys: tuple[str, ...]
    lost: Annotated[int, "`media.reprocess` with `missing` makes renditions again; originals come from a backup."]
    lost_keys: tuple[Lost, ...]
    pending: Annotated[int, "Images whose renditions are being made."]
    failed: Annotated[int, "Images whose renditions cannot be made."]
    failed_ids: tuple[str, ...]
    stuck: Annotated[int, "Uploads that are over and were not cleared away; 100 at most."]
    healthy: Annotated[bool, "Nothing is lost, failed, stuck or loose."]
    next: str | None = None


@define
class Findings:
    """Gathers."""

    checked: int = 0
    bytes: int = 0
    loose: int = 0
    loose_bytes: int = 0
    loose_keys: list[str] = Factory(list)
    lost: int = 0
    lost_keys: list[Lost] = Factory(list)

    def note(self, lost: Lost) -> None:
        self.lost += 1
        if len(self.lost_keys) < SHOWN:
            self.lost_keys.append(lost)


class Survey:
    """Compares store and tables."""

    def __init__(self, app: App, store: Store, walk: Walk) -> None:
        self._app = app
        self._store = store
        self._walk = walk

    async def part(self, after: str, most: int) -> Health:
        """From behind a key; ends with the stretch in which ``most`` keys are reached."""
        findings = Findings()
        async for window in self._walk.windows(after):
            await self.take(findings, window)
            if findings.checked >= most:
                return await self.told(findings, window.end)
        return await self.told(findings, None)

    async def whole(self, progress: Progress) -> dict[str, Any]:
        """All of it, as data."""
        findings = Findings()
        async for window in self._walk.windows():
            await self.take(findings, window)
            await progress(findings.checked, None, f"{findings.loose} loose, {findings.lost} lost")
        health: dict[str, Any] = self._app.structurer.unstructure(await self.told(findings, None))
        return health

    async def take(self, findings: Findings, window: Window) -> None:
        """Adds what is found in a stretch."""
        findings.checked += len(window.listed)
        findings.bytes += sum(blob.size for blob in window.listed.values())
        findings.loose += len(window.loose)
        findings.loose_bytes += sum(blob.size for blob in window.loose.values())
        findings.loose_keys += list(window.loose)[: SHOWN - len(findings.loose_keys)]
        for key, row in window.rows.items():
            there = window.listed.get(key)
            if (there is None or there.size != int(row["bytes"])) and (lost := await self._lost(row)) is not None:
                findings.note(lost)

    async def _lost(self, row: Row) -> Lost | None:
        """Looks again: it may have come, changed or gone since it was listed."""
        key = row["key"]
        try:
            found = (await self._app.need(Blobs).head(key)).size
        except NotFound:
            found = None
        if found == int(row["bytes"]) or not await self._store.claims.named(key):
            return None
        original = key.startswith("originals/")
        assets = await self._store.assets.same(self._store.db, key.rpartition("/")[2]) if original else []
        return Lost(key=key, expected=int(row["bytes"]), found=found, assets=tuple(assets))

    async def told(self, findings: Findings, next_: str | None) -> Health:
        """With what the tables alone tell."""
        listing, late = self._store.listing, rfc3339(self._app.clock.now() - LATE)
        pending = await listing.count(Filter(given={"status": "pending"}))
        failing = Filter(given={"status": "failed"})
        failed = await listing.count(failing)
        rows = await listing.page(failing, "newest", (), SHOWN) if failed else []
        stuck = len(await self._store.uploads.expired(late, SHOWN))
        return Health(
            checked=findings.checked, bytes=findings.bytes, loose=findings.loose, loose_bytes=findings.loose_bytes,
            loose_keys=tuple(findings.loose_keys), lost=findings.lost, lost_keys=tuple(findings.lost_keys),
            pending=pending, failed=failed, failed_ids=tuple(row["id"] for row in rows), stuck=stuck,
            healthy=not (findings.loose or findings.lost or failed or stuck), next=next_,
        )  # fmt: skip
