"""The operations ``backup.plan``, ``backup.restore``, ``backup.old`` and ``backup.forget_old``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newel import Call, Conflict, Reject, operation
from newel.contracts.database import Database
from newel.contracts.jobs import JobKind, JobRun, Jobs
from newel_backup.chores import LONG, followed
from newel_backup.model import Asked
from newel_backup.permissions import BACKUP_READ, BACKUP_RESTORE
from newel_backup.restoring.after import OldSites, forget_old, old_sites
from newel_backup.restoring.order import RestoreOrder
from newel_backup.restoring.places import has_password
from newel_backup.restoring.plan import RestorePlan

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.restoring.run import Restoring
    from newel_backup.work import Work

KIND = "backup.restore"


class Restores:
    """Restores as jobs. Whoever restores holds the whole site in their hands, and the swap needs a start."""

    def __init__(self, app: App, work: Work) -> None:
        self._app = app
        self._work = work

    @operation("backup.plan", needs=BACKUP_RESTORE, http="POST /backup/restorations/plan", privileged=True)
    async def plan(self, call: Call, order: RestoreOrder) -> RestorePlan:
        """Says what a restore would do. Nothing is changed."""
        return await self._restoring().plan(_safe(order))

    @operation("backup.restore", needs=BACKUP_RESTORE, http="POST /backup/restorations", effect="write", status=202)
    async def restore(self, call: Call, order: RestoreOrder) -> Asked:
        """Restores a snapshot into a new database and a new place for files, as a job.

        Everything is checked before the site's configuration is changed to it. Then the running site takes no writes
        any more until it is started again. Users, tokens, plugins and the audit trail stay as they are, unless they are
        asked for with `parts`.
        """
        jobs = self._app.find(Jobs)
        if jobs is None:
            raise Conflict("this needs the plugin 'jobs', which is off: newel backup restore", code="no_jobs")
        payload = self._app.structurer.unstructure(_safe(order))
        return Asked(job=await jobs.enqueue(call, KIND, payload, key=KIND))

    @operation("backup.old", needs=BACKUP_READ, http="GET /backup/old")
    async def old(self, call: Call) -> OldSites:
        """Lists what is kept of the site as it was before it was restored."""
        return OldSites(data=tuple(await old_sites(self._app.need(Database))))

    @operation("backup.forget_old", needs=BACKUP_RESTORE, http="DELETE /backup/old", effect="write", alone=True)
    async def forget_old(self, call: Call) -> OldSites:
        """Removes the databases and files that the site had before it was restored. Answers what is gone."""
        return OldSites(data=tuple(await forget_old(self._app, self._app.need(Database))))

    def kinds(self) -> Sequence[JobKind]:
        return [JobKind(name=KIND, summary="Restore a backup", run=self._run, attempts=3, timeout=LONG, parallel=1)]

    async def _run(self, run: JobRun) -> Any:
        order = self._app.structurer.structure(dict(run.payload), RestoreOrder)
        done = self._work.plain(await followed(run, lambda told: self._restoring(told).run(run.call, order)))
        done["notices"] = []  # a first password is shown to whoever restores at the machine, and kept nowhere
        return done

    def _restoring(self, told: Any = lambda *_: None) -> Restoring:
        from newel_backup.restoring.run import Restoring

        return Restoring(self._app, self._work, self._app.need(Database), told)


def _safe(order: RestoreOrder) -> RestoreOrder:
    """An order whose URL may be written down."""
    if has_password(order.into):
        raise Reject.field("/into", "password", "name the password's variable instead: ${NAME}")
    return order
