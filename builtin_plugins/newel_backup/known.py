"""What the site knows of its own backups, in its tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Row, Transaction, UniqueViolation
from newel.ids import Ids
from newel.transact import transact
from newel_backup import tables
from newel_backup.repo.manifest import Snapshot

SITE = "site"
FAILED = "failed:"
"""And a target's name: why the last backup to it failed."""
RESTORED, OLD = "restored", "old"
"""What is told at the first start on a restored database, and what may be forgotten."""
DRILL_SECONDS = "drill-seconds"
"""How long the last restore on trial took."""


class Known:
    """Rows of this plugin's tables."""

    def __init__(self, db: Database) -> None:
        state, notes, snapshots = tables.state, tables.notes, tables.snapshots
        self._db = db
        self._read = db.render(select(state.c.value).where(state.c.name == bindparam("by_name")))
        self._read_note = db.render(select(notes.c.value).where(notes.c.name == bindparam("by_name")))
        self._write_note = db.render(
            update(notes).where(notes.c.name == bindparam("by_name")).values(value=bindparam("value"))
        )
        self._add_note = db.render(insert(notes))
        self._add = db.render(insert(state))
        self._rename = db.render(
            update(state).where(state.c.name == bindparam("by_name")).values(value=bindparam("value"))
        )
        self._remove_note = db.render(delete(notes).where(notes.c.name == bindparam("by_name")))
        self._notes = db.render(select(notes).order_by(notes.c.name))
        self._add_snapshot = db.render(insert(snapshots))
        self._drop = db.render(
            delete(snapshots).where(snapshots.c.target == bindparam("by_target"), snapshots.c.id == bindparam("by_id"))
        )
        self._mark_verified = db.render(_marked("verified_at"))
        self._mark_drilled = db.render(_marked("drilled_at"))
        self._every = db.render(select(snapshots).order_by(snapshots.c.at, snapshots.c.id))
        self._all = db.render(
            select(snapshots).where(snapshots.c.target == bindparam("by_target")).order_by(snapshots.c.id)
        )

    async def site(self, ids: Ids) -> str:
        """The site's id, made when it is first asked for."""
        row = await self._db.fetch_one(self._read, {"by_name": SITE})
        if row is None:
            with suppress(UniqueViolation):  # another process was first
                await self._db.execute(self._add, {"name": SITE, "value": ids.new()})
            row = await self._db.fetch_one(self._read, {"by_name": SITE})
        assert row is not None  # noqa: S101 - it was just written, and nobody deletes it
        return str(row["value"])

    async def rename(self, site: str) -> None:
        """Gives the site another id: for one that is a copy of another, and lives on beside it."""
        await self._db.execute(self._rename, {"by_name": SITE, "value": site})

    async def get(self, name: str) -> str | None:
        """A note."""
        row = await self._db.fetch_one(self._read_note, {"by_name": name})
        return None if row is None else str(row["value"])

    async def put(self, name: str, value: str) -> None:
        async def body(tx: Transaction) -> None:
            if not await tx.execute(self._write_note, {"by_name": name, "value": value}):
                await tx.execute(self._add_note, {"name": name, "value": value})

        await transact(self._db, body)

    async def remove(self, name: str) -> None:
        await self._db.execute(self._remove_note, {"by_name": name})

    async def notes(self) -> dict[str, str]:
        """All of them."""
        return {str(row["name"]): str(row["value"]) for row in await self._db.fetch_all(self._notes)}

    async def made(self, target: str, snapshot: Snapshot, seconds: int) -> None:
        """Notes a snapshot that was just taken."""
        values: dict[str, Any] = {
            "target": target, "id": snapshot.id, "repository": snapshot.repository, "schedule": snapshot.schedule,
            "at": snapshot.at, "ended_at": snapshot.ended_at, "seconds": seconds, "rows": snapshot.rows,
            "files": snapshot.files.count, "bytes": snapshot.bytes, "added": snapshot.added,
            "missing": snapshot.missing_count, "verified_at": None, "drilled_at": None,
        }  # fmt: skip
        await self._db.execute(self._add_snapshot, values)

    async def since(self, target: str, schedule: str, job: str) -> bool:
        """Whether this job of a schedule has dealt with a target."""
        return await self.get(f"did:{target}:{schedule}") == job

    async def did(self, target: str, schedule: str, job: str) -> None:
        await self.put(f"did:{target}:{schedule}", job)

    async def forget(self, target: str, ids: Sequence[str]) -> None:
        """Snapshots that were taken away on purpose."""
        await self._db.execute_many(self._drop, [{"by_target": target, "by_id": id} for id in ids])

    async def verified(self, target: str, id: str, when: str) -> None:
        await self._db.execute(self._mark_verified, {"by_target": target, "by_id": id, "when": when})

    async def drilled(self, target: str, id: str, when: str) -> None:
        await self._db.execute(self._mark_drilled, {"by_target": target, "by_id": id, "when": when})

    async def all(self) -> list[Row]:
        """Those of all targets, the oldest first."""
        return await self._db.fetch_all(self._every)

    async def snapshots(self, target: str) -> list[Row]:
        """Those of a target, the oldest first."""
        return await self._db.fetch_all(self._all, {"by_target": target})


def _marked(column: str) -> Any:
    snapshots = tables.snapshots
    here = (snapshots.c.target == bindparam("by_target")) & (snapshots.c.id == bindparam("by_id"))
    return update(snapshots).where(here).values({column: bindparam("when")})
