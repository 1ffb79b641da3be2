"""How the library is, and cleaning it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, Conflict, Max, MaxLength, Min, operation
from newel.contracts.audit import Change
from newel.contracts.jobs import Jobs
from newel_media.care.cleaning import Cleaned, Cleaning
from newel_media.care.survey import Health, Survey
from newel_media.permissions import MEDIA_MANAGE
from newel_media.service.presetting import Asked

if TYPE_CHECKING:
    from newel.app import App

CHECK = "media.health"
Cursor = Annotated[str, "Where the previous part ended (`next`).", MaxLength(300)]
Part = Annotated[int, "Keys of the store in one part, more or less.", Min(1), Max(10_000)]


@frozen(kw_only=True)
class HealthQuery:
    """Which part of the store."""

    cursor: Cursor = ""
    limit: Part = 1000


@frozen(kw_only=True)
class Cleanup:
    """What may go."""

    dry_run: Annotated[bool, "Only says what would go."] = True
    cursor: Cursor = ""
    limit: Part = 10_000


class Caring:
    """``media.health``, ``media.check`` and ``media.cleanup``."""

    def __init__(self, app: App, survey: Survey, cleaning: Cleaning) -> None:
        self._app = app
        self._survey = survey
        self._cleaning = cleaning

    @operation("media.health", needs=MEDIA_MANAGE, http="GET /media/health")
    async def health(self, call: Call, order: HealthQuery) -> Health:
        """Compares the store with the tables, part by part: what lies there for nothing, what is lost or unfinished."""
        return await self._survey.part(order.cursor, order.limit)

    @operation("media.check", needs=MEDIA_MANAGE, http="POST /media/check", effect="write", status=202)
    async def check(self, call: Call) -> Asked:
        """Compares the whole store with the tables, as a job whose result is the report."""
        jobs = self._app.find(Jobs)
        if jobs is None:
            raise Conflict("this needs the plugin 'jobs', which is off", code="no_jobs")
        return Asked(job=await jobs.enqueue(call, CHECK, {}, key=CHECK))

    async def _clean(self, call: Call, order: Cleanup) -> Cleaned:
        if call.work is not None:
            raise Conflict("cleaning takes many transactions and cannot be part of another act", code="not_alone")
        return await self._cleaning.part(order.cursor, order.limit, dry_run=order.dry_run)

    @operation("media.cleanup", needs=MEDIA_MANAGE, http="POST /media/cleanup", effect="write", prepare=_clean)
    async def cleanup(self, call: Call, order: Cleanup, cleaned: Cleaned) -> Cleaned:
        """Removes bytes that we once made and that nothing names, older than `media.sweep_hours`. Without
        `dry_run` false it only says which. Whatever else lies in the store is not touched."""
        if not order.dry_run and cleaned.keys:
            after = {"keys": cleaned.keys, "bytes": cleaned.bytes, "names": list(cleaned.names)}
            call.changed(Change(entity="media_store", id="cleanup", before=None, after=after))
        return cleaned
