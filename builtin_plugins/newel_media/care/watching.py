"""How work on files fares, for those who look after the site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from newel.contracts.images import Images
from newel.contracts.jobs import Jobs
from newel.contracts.site import Finding, HealthCheck
from newel.structure import rfc3339
from newel_media.store.listing import Filter

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

LATE = timedelta(minutes=15)
FIRST = 100
"""Files that are looked at, of those that wait."""


class Watching:
    """A check."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    def checks(self) -> Sequence[HealthCheck]:
        return (
            HealthCheck(name="media.processing", summary="Renditions that are late or cannot be made", look=self.look),
        )

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
