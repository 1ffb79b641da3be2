"""Reads of the queue, and the changes of one job."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, func, insert, null, or_, select, update

from newel.contracts.database import Database, Row, Transaction, UniqueViolation, Value
from newel.transact import transact
from newel_jobs.tables import queue

BATCH = 500
WRITTEN = (
    "id", "kind", "state", "urgency", "due_at", "attempt", "attempts", "cancelling", "created_at", "actor", "job_key",
    "waiting_key", "once_key", "payload_json", "call_json",
)  # fmt: skip
STANDING = ("waiting", "running", "dead")
"""The states of jobs that somebody has to do with."""
COUNTED = 1000
_FREE = {"lease": null(), "leased_until": null()}


class QueueStore:
    """Statements, rendered by ``open``."""

    def open(self, db: Database) -> None:
        self._db = db
        here = queue.c.id == bindparam("by_id")
        self._add = db.render(insert(queue).values({name: bindparam(name) for name in WRITTEN}))
        self._get = db.render(select(queue).where(here))
        self._locked = db.render(select(queue).where(here).with_for_update())
        waiting = queue.c.waiting_key == bindparam("by_key")
        self._waiting = db.render(select(queue.c.id).where(waiting).with_for_update())
        self._cancel = db.render(
            update(queue)
            .where(here, queue.c.state == "waiting")
            .values(state="cancelled", ended_at=bindparam("at"), waiting_key=null())
        )
        self._stop = db.render(update(queue).where(here, queue.c.state == "running").values(cancelling=1))
        self._retry = db.render(
            update(queue)
            .where(here, or_(queue.c.state == "dead", queue.c.state == "cancelled"))
            .values(
                state="waiting", due_at=bindparam("at"), attempt=0, cancelling=0, ended_at=null(), error=null(),
                progress_json=null(),
            )
        )  # fmt: skip
        self._old = db.render(
            select(queue.c.id)
            .where(queue.c.state == bindparam("by_state"), queue.c.ended_at <= bindparam("at"))
            .order_by(queue.c.ended_at)
            .limit(BATCH)
        )
        self._drop = db.render(delete(queue).where(here, queue.c.state == bindparam("by_state")))
        some = select(queue.c.id).where(queue.c.state == bindparam("by_state")).limit(COUNTED).subquery()
        self._count = db.render(select(func.count().label("c")).select_from(some))
        late = (queue.c.state == "waiting", queue.c.due_at <= bindparam("at"))
        self._late = db.render(select(queue.c.id).where(*late).limit(1))
        self._open_pages(db)
        self._open_attempts(db)

    def _open_pages(self, db: Database) -> None:
        page = select(queue).where(queue.c.id < bindparam("before")).order_by(queue.c.id.desc())
        filters = {"by_state": queue.c.state == bindparam("by_state"), "by_kind": queue.c.kind == bindparam("by_kind")}
        wanted = (frozenset[str](), frozenset({"by_state"}), frozenset({"by_kind"}), frozenset(filters))
        self._pages = {
            names: db.render(page.where(*(filters[name] for name in sorted(names))).limit(bindparam("wanted")))
            for names in wanted
        }

    def _open_attempts(self, db: Database) -> None:
        mine = (
            queue.c.id == bindparam("by_id"),
            queue.c.lease == bindparam("by_lease"),
            queue.c.state == "running",
        )
        self._held = db.render(select(queue.c.cancelling).where(*mine))
        self._renew = db.render(update(queue).where(*mine).values(leased_until=bindparam("until")))
        self._progress = db.render(
            update(queue).where(*mine).values(leased_until=bindparam("until"), progress_json=bindparam("progress"))
        )
        self._end = db.render(
            update(queue)
            .where(*mine)
            .values(
                state=bindparam("into"), ended_at=bindparam("at"), result_json=bindparam("result"),
                error=bindparam("why"), **_FREE,
            )
        )  # fmt: skip
        self._again = db.render(
            update(queue)
            .where(*mine)
            .values(
                state="waiting", due_at=bindparam("due"), attempt=bindparam("tried"), error=bindparam("why"), **_FREE
            )
        )

    async def _alone(self, statement: str, values: Mapping[str, Value]) -> int:
        """One statement, again where rivals undid it."""
        return await transact(self._db, lambda tx: tx.execute(statement, values))

    # -- any job ------------------------------------------------------------------------------------------------

    async def add(self, tx: Transaction, row: dict[str, Value]) -> bool:
        """Whether there was none with one of its unique keys."""
        if row["waiting_key"] is None and row["once_key"] is None:
            await tx.execute(self._add, row)
            return True
        try:
            async with tx.savepoint():
                await tx.execute(self._add, row)
        except UniqueViolation:
            return False
        return True

    async def waiting(self, tx: Transaction, key: str) -> str | None:
        """The id of the job that waits under a key. It cannot begin before this transaction has ended."""
        row = await tx.fetch_one(self._waiting, {"by_key": key})
        return None if row is None else row["id"]

    async def get(self, id: str) -> Row | None:
        return await self._db.fetch_one(self._get, {"by_id": id})

    async def locked(self, tx: Transaction, id: str) -> Row | None:
        return await tx.fetch_one(self._locked, {"by_id": id})

    async def cancel(self, tx: Transaction, id: str, at: str) -> None:
        """Ends a job that waits; asks one that runs to stop."""
        if not await tx.execute(self._cancel, {"by_id": id, "at": at}):
            await tx.execute(self._stop, {"by_id": id})

    async def retry(self, tx: Transaction, id: str, at: str) -> bool:
        return bool(await tx.execute(self._retry, {"by_id": id, "at": at}))

    async def page(self, given: dict[str, Value], before: str, wanted: int) -> list[Row]:
        """Jobs with an id below ``before``, the newest first; ``given``: ``by_state``, ``by_kind``, both or none."""
        values = {**given, "before": before, "wanted": wanted}
        return await self._db.fetch_all(self._pages[frozenset(given)], values)

    async def figures(self) -> Mapping[str, int]:
        """Jobs by state, each counted to ``COUNTED``."""
        found = {}
        for state in STANDING:
            row = await self._db.fetch_one(self._count, {"by_state": state})
            found[state] = 0 if row is None else int(row["c"])
        return found

    async def due_since(self, at: str) -> bool:
        """Whether a job waits that has been due since then."""
        return await self._db.fetch_one(self._late, {"at": at}) is not None

    async def drop_old(self, state: str, at: str) -> int:
        """Deletes one batch of what ended by then; answers how many were found."""
        found = await self._db.fetch_all(self._old, {"by_state": state, "at": at})
        ids = [{"by_id": row["id"], "by_state": state} for row in found]
        await transact(self._db, lambda tx: tx.execute_many(self._drop, ids))
        return len(found)

    # -- the job of an attempt ----------------------------------------------------------------------------------

    async def held(self, id: str, lease: str) -> bool | None:
        """Whether it is asked to stop; ``None`` where it is no longer this attempt's."""
        row = await self._db.fetch_one(self._held, {"by_id": id, "by_lease": lease})
        return None if row is None else bool(row["cancelling"])

    async def renew(self, id: str, lease: str, until: str) -> bool:
        return bool(await self._alone(self._renew, {"by_id": id, "by_lease": lease, "until": until}))

    async def progress(self, id: str, lease: str, until: str, progress: str) -> None:
        await self._alone(self._progress, {"by_id": id, "by_lease": lease, "until": until, "progress": progress})

    async def end(
        self,
        on: Transaction | None,
        id: str,
        lease: str,
        state: str,
        at: str,
        *,
        result: str | None = None,
        why: str | None = None,
    ) -> bool:
        """Whether it was still this attempt's to end. Without ``on``: in a transaction of its own."""
        values: dict[str, Value] = {"by_id": id, "by_lease": lease, "into": state, "at": at, "result": result}
        values["why"] = why
        return bool(await (self._alone(self._end, values) if on is None else on.execute(self._end, values)))

    async def again(self, id: str, lease: str, due: str, tried: int, why: str | None) -> bool:
        values: dict[str, Value] = {"by_id": id, "by_lease": lease, "due": due, "tried": tried, "why": why}
        return bool(await self._alone(self._again, values))
