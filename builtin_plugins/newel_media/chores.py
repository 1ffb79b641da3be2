"""Work that goes through the whole library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newel.contracts.jobs import JobKind, JobRun, Schedule
from newel_media.emptying import Emptying
from newel_media.renditions.reprocessing import Reprocessing
from newel_media.renditions.retiring import Retiring
from newel_media.service.caring import CHECK
from newel_media.service.foldering import EMPTY
from newel_media.service.presetting import REPROCESS

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.care.survey import Survey
    from newel_media.renditions.rendering import Rendering
    from newel_media.store import Store

RETIRE = "media.retire"
WEEK = 604_800.0
"""Seconds that one attempt may take: it says how far it is, and a large library takes days."""


class Chores:
    """The kinds of job. Each begins anew after a kill, and what is done already costs it next to nothing."""

    def __init__(self, app: App, store: Store, rendering: Rendering, survey: Survey) -> None:
        self._survey = survey
        self._emptying = Emptying(app, store)
        self._reprocessing = Reprocessing(store, rendering)
        self._retiring = Retiring(app, store)

    def kinds(self) -> Sequence[JobKind]:
        return [
            JobKind(
                name=REPROCESS, summary="Makes renditions of all images, those that are missing or all anew.",
                run=self._reprocess, attempts=20, timeout=WEEK, priority=-10, parallel=1,
            ),
            JobKind(
                name=EMPTY, summary="Deletes a folder with all that is in it.", run=self._empty, timeout=WEEK,
                parallel=1,
            ),
            JobKind(
                name=CHECK, summary="Compares the whole store with the tables.", run=self._check, attempts=3,
                timeout=WEEK, parallel=1,
            ),
            JobKind(
                name=RETIRE, summary="Removes renditions that no asset has named for a week.", run=self._retire,
                attempts=3, by_hand=True, parallel=1,
            ),
        ]  # fmt: skip

    def schedules(self) -> Sequence[Schedule]:
        return [Schedule(name=RETIRE, cron="17 4 * * *", kind=RETIRE)]

    async def _reprocess(self, run: JobRun) -> Any:
        return await self._reprocessing.all(run.payload, run.progress)

    async def _empty(self, run: JobRun) -> Any:
        return await self._emptying.folder(run)

    async def _check(self, run: JobRun) -> Any:
        return await self._survey.whole(run.progress)

    async def _retire(self, run: JobRun) -> Any:
        return await self._retiring.all(run.progress)
