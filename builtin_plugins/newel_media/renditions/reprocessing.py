"""Brings the renditions of all images up to the presets, or makes them anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from newel import NotFound
from newel.contracts.images import BadImage

if TYPE_CHECKING:
    from newel_media.renditions.rendering import Rendering
    from newel_media.store import Store

BATCH = 100
SHOWN = 100
"""Ids of assets in the result."""
Progress = Callable[[float, float | None, str], Awaitable[None]]


class Reprocessing:
    """What the job ``media.reprocess`` does.

    Its payload: ``preset`` (``None``: all) and ``extent``: ``needed`` (those without a row), ``missing`` (also those
    whose bytes are lost) or ``anew`` (also those made before ``before``, so that a second attempt goes on).
    """

    def __init__(self, store: Store, rendering: Rendering) -> None:
        self._store = store
        self._rendering = rendering

    async def all(self, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Answers how many renditions of how many images were made, and which images could not be read."""
        total = await self._store.figures.images()
        extent = payload["extent"]
        done, made, failed, after = 0, 0, list[str](), ""
        while rows := await self._store.assets.images(after, BATCH):
            for row in rows:
                after = row["id"]
                try:
                    made += await self._rendering.bring(
                        after, only=payload["preset"], lost=extent != "needed",
                        before=payload["before"] if extent == "anew" else "",
                    )  # fmt: skip
                except (BadImage, NotFound):  # the next ones may be fine
                    failed.append(after)
                done += 1
                await progress(done, total, f"{made} renditions made, {len(failed)} images failed")
        return {"images": done, "made": made, "failed": len(failed), "failed_ids": failed[:SHOWN]}
