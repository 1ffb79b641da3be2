"""What the site knows of its own backups, in its tables."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Row, Transaction, UniqueViolation
from newel.ids import Ids
from newel.transact import transact
from newel_backup import tables
from newel_backup.repo.manifest import Snapshot

SITE = "site"


class Known:
    """Rows of ``backup_state`` and ``backup_snapshots``."""

    def __init__(self, db: Database) -> None:
        state, snapshots = tables.state, tables.snapshots
        self._db = db
        self._read = db.render(select(state.c.value).where(state.c.name == bindparam("by_name")))
        self._write = db.render(
            update(state).where(state.c.name == bindparam("by_name")).values(value=bindparam("value"))
        )
        self._add = db.render(insert(state))
        self._remove = db.render(delete(state).where(state.c.name == bindparam("by_name")))
        self._states = db.render(select(state).order_by(state.c.name))
        self._add_snapshot = db.render(insert(snapshots))
        self._mark_verified = db.render(_marked("verified_at"))
        self._mark_drilled = db.render(_marked("drilled_at"))
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

    async def get(self, name: str) -> str | None:
        """A value of the state."""
        row = await self._db.fetch_one(self._read, {"by_name": name})
        return None if row is None else str(row["value"])

    async def put(self, name: str, value: str) -> None:
        async def body(tx: Transaction) -> None:
            if not await tx.execute(self._write, {"by_name": name, "value": value}):
                await tx.execute(self._add, {"name": name, "value": value})

        await transact(self._db, body)

    async def remove(self, name: str) -> None:
        await self._db.execute(self._remove, {"by_name": name})

    async def states(self) -> dict[str, str]:
        """All values."""
        return {str(row["name"]): str(row["value"]) for row in await self._db.fetch_all(self._states)}

    async def made(self, target: str, snapshot: Snapshot, seconds: int) -> None:
        """Notes a snapshot that was just taken."""
        values: dict[str, Any] = {
            "target": target, "id": snapshot.id, "repository": snapshot.repository, "schedule": snapshot.schedule,
            "at": snapshot.at, "ended_at": snapshot.ended_at, "seconds": seconds, "rows": snapshot.rows,
            "files": snapshot.files.count, "bytes": snapshot.bytes, "added": snapshot.added,
            "missing": snapshot.missing_count, "verified_at": None, "drilled_at": None,
        }  # fmt: skip
        await self._db.execute(self._add_snapshot, values)

    async def verified(self, target: str, id: str, when: str) -> None:
        await self._db.execute(self._mark_verified, {"by_target": target, "by_id": id, "when": when})

    async def drilled(self, target: str, id: str, when: str) -> None:
        await self._db.execute(self._mark_drilled, {"by_target": target, "by_id": id, "when": when})

    async def snapshots(self, target: str) -> list[Row]:
        """Those of a target, the oldest first."""
        return await self._db.fetch_all(self._all, {"by_target": target})


def _marked(column: str) -> Any:
    snapshots = tables.snapshots
    here = (snapshots.c.target == bindparam("by_target")) & (snapshots.c.id == bindparam("by_id"))
    return update(snapshots).where(here).values({column: bindparam("when")})
