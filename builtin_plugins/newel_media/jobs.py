"""Work beside the requests: renditions, and what nobody names any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newel.contracts.jobs import JobKind, JobRun, Schedule
from newel_media.service.storing import RENDER

if TYPE_CHECKING:
    from newel_media.renditions.rendering import Rendering
    from newel_media.sweep import Sweep

SWEEP = "media.sweep"


class MediaJobs:
    """The kinds of job."""

    def __init__(self, rendering: Rendering, sweep: Sweep) -> None:
        self._rendering = rendering
        self._sweep = sweep

    def kinds(self) -> Sequence[JobKind]:
        return [
            JobKind(
                name=RENDER, summary="Makes the renditions of an image that are missing.", run=self._render, attempts=5,
                timeout=900, parallel=2,
            ),
            JobKind(
                name=SWEEP, summary="Removes bytes that nothing names and uploads that were given up.", run=self._clean,
                attempts=3, by_hand=True,
            ),
        ]  # fmt: skip

    def schedules(self) -> Sequence[Schedule]:
        return [Schedule(name=SWEEP, cron="41 * * * *", kind=SWEEP)]

    async def _render(self, run: JobRun) -> Any:
        made = await self._rendering.bring(str(run.payload["asset"]))
        return {"made": made}

    async def _clean(self, run: JobRun) -> Any:
        return await self._sweep.all(run.progress)
