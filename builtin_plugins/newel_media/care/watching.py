"""How work on files fares, for those who look after the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from newel.contracts.images import Images
from newel.contracts.jobs import Jobs
from newel.contracts.site import Finding, HealthCheck, Metric
from newel.structure import rfc3339
from newel_media.store.listing import Filter

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

LATE = timedelta(minutes=15)
EVERY = 300.0
"""Seconds between two counts: they look at every row."""
FIRST = 100
"""Files that are looked at, of those that wait."""


class Watching:
    """A check, and figures."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    def checks(self) -> Sequence[HealthCheck]:
        return (
            HealthCheck(name="media.processing", summary="Renditions that are late or cannot be made", look=self.look),
        )

    def metrics(self) -> Sequence[Metric]:
        return (
            Metric(
                name="media_files", label="kind", every=EVERY, read=self.files,
                summary="Files of the library, by kind.",
            ),
            Metric(
                name="media_stored_bytes", unit="bytes", every=EVERY, read=self.stored,
                summary="Bytes of the library's files, without renditions; what is there twice counts once.",
            ),
            Metric(
                name="media_renditions_open", label="status", every=EVERY, read=self.open,
                summary="Files whose renditions are `pending`, or could not be made: `failed`.",
            ),
        )  # fmt: skip

    async def files(self) -> Mapping[str, float]:
        return {row["kind"]: float(row["files"]) for row in await self._store.figures.kinds()}

    async def stored(self) -> float:
        return float(await self._store.figures.stored())

    async def open(self) -> Mapping[str, float]:
        count = self._store.listing.count
        return {status: float(await count(Filter(given={"status": status}))) for status in ("pending", "failed")}

    async def look(self) -> Finding:
        listing = self._store.listing
        waiting, failing = Filter(given={"status": "pending"}), Filter(given={"status": "failed"})
        pending = await listing.count(waiting)
        missing = [one.__name__.lower() for one in (Images, Jobs) if self._app.find(one) is None]
        if pending and missing:
            return Finding(
                state="warning", detail=f"{_images(pending)} for renditions, and there is nobody to make them",
                remedy=f"Switch on: {', '.join(missing)}",
            )  # fmt: skip
        since = rfc3339(self._app.clock.now() - LATE)
        first = await listing.page(waiting, "oldest", (), FIRST) if pending else ()
        if any(one["updated_at"] < since for one in first):
            return Finding(
                state="warning", detail=f"{_images(pending)} for renditions, for more than 15 minutes",
                remedy="See what the jobs do: newel jobs list --kind media.render",
            )  # fmt: skip
        if failed := await listing.count(failing):
            return Finding(
                state="warning", detail=f"renditions of {failed:,} could not be made",
                remedy="Look at them (newel media list --status failed), then: newel media reprocess --missing",
            )  # fmt: skip
        return Finding(detail=f"{_images(pending)} for renditions" if pending else "all renditions are made")


def _images(count: int) -> str:
    return "1 file waits" if count == 1 else f"{count:,} files wait"
