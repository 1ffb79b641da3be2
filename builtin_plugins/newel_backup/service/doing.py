"""Operations that do something: as jobs, since they take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newel import Call, Transient, operation
from newel.contracts.audit import Change
from newel.contracts.jobs import Jobs
from newel_backup.chores import DRILL, PIECES, PRUNE, RUN, VERIFY
from newel_backup.model import (
    Asked,
    LockRow,
    OneSnapshot,
    OnTarget,
    PiecesOrder,
    PruneOrder,
    Unlocked,
    UnlockOrder,
    VerifyOrder,
)
from newel_backup.permissions import BACKUP_RESTORE, BACKUP_RUN

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.work import Work


class Doing:
    """Backing up, verifying, pruning."""

    def __init__(self, app: App, work: Work) -> None:
        self._app = app
        self._work = work

    @operation("backup.run", needs=BACKUP_RUN, http="POST /backup/runs", effect="write", status=202)
    async def run(self, call: Call, order: OnTarget) -> Asked:
        """Backs the site up to a target. It is done as a job; one that waits already is not asked for twice."""
        return await self._asked(call, RUN, order.target, {})

    @operation("backup.verify", needs=BACKUP_RUN, http="POST /backup/verifications", effect="write", status=202)
    async def verify(self, call: Call, order: VerifyOrder) -> Asked:
        """Reads the backups on a target back, as a job: every list, and as much of the data as is asked for."""
        return await self._asked(call, VERIFY, order.target, {"share": order.share})

    @operation("backup.prune", needs=BACKUP_RUN, http="POST /backup/prunings", effect="write", status=202)
    async def prune(self, call: Call, order: PruneOrder) -> Asked:
        """Takes away snapshots that the rule does not keep, as a job. `backup.retention` tells which."""
        more = {"keep": self._work.plain(order.keep), "forget": list(order.forget)}
        return await self._asked(call, PRUNE, order.target, more)

    @operation("backup.drill", needs=BACKUP_RUN, http="POST /backup/drills", effect="write", status=202)
    async def drill(self, call: Call, order: OneSnapshot) -> Asked:
        """Restores a snapshot on trial, as a job: it is started, looked at and timed, and removed again."""
        return await self._asked(call, DRILL, order.target, {"snapshot": order.id})

    @operation("backup.pieces", needs=BACKUP_RESTORE, http="POST /backup/pieces", effect="write", status=202)
    async def pieces(self, call: Call, order: PiecesOrder) -> Asked:
        """Brings pieces of a snapshot back into the running site, as a job: a type's entries, one entry, files. What is
        written is written as by the person who asks."""
        from newel_backup.restoring.pieces import piece_of

        piece_of(self._app, order.only)
        more = {"snapshot": order.id, "only": order.only, "dry_run": order.dry_run}
        return await self._asked(call, PIECES, order.target, more)

    @operation("backup.unlock", needs=BACKUP_RUN, http="POST /backup/unlock", effect="write")
    async def unlock(self, call: Call, order: UnlockOrder) -> Unlocked:
        """Removes locks on a target that ran out, or all of them where nobody is at work."""
        gone = await self._work.unlock(order.target, everything=order.everything)
        call.changed(Change(entity="backup", id=order.target, before={"locks": len(gone)}, after={"locks": 0}))
        return Unlocked(
            removed=tuple(
                LockRow(id=one.id, purpose=one.purpose, node=one.node, created_at=one.created_at,
                        expires_at=one.expires_at)
                for one in gone
            )
        )  # fmt: skip

    async def _asked(self, call: Call, kind: str, target: str, more: dict[str, Any]) -> Asked:
        self._work.targets.config(target)  # that it is there is told at once
        jobs = self._app.find(Jobs)
        if jobs is None:
            raise Transient("jobs are switched off here: use the command on the server", code="no_jobs")
        id = await jobs.enqueue(call, kind, {"target": target, **more}, key=f"{target}")
        call.changed(Change(entity="backup", id=target, before=None, after={"job": id, "asked": kind, **more}))
        return Asked(job=id)
