"""Who gets which job: claims, and what lost processes have left."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, bindparam, null, select, update

from newel.contracts.database import Database, Row, Transaction, Value
from newel.transact import transact
from newel_jobs.tables import queue

LOST = "the process that did it was lost"


class Claims:
    """Statements, rendered by ``open`` for the kinds of job that this process knows."""

    def open(self, db: Database, kinds: Sequence[str]) -> None:
        self._db = db
        self._kinds = tuple(kinds)
        names: list[BindParameter[str]] = [bindparam(f"kind_{number}") for number in range(len(kinds))]
        due = (queue.c.state == "waiting", queue.c.kind.in_(names), queue.c.due_at <= bindparam("now"))
        first = select(queue.c.id).where(*due).order_by(queue.c.urgency, queue.c.due_at, queue.c.id)
        expired = (queue.c.state == "running", queue.c.leased_until <= bindparam("now"))
        self._due = db.render(select(queue.c.id).where(*due).limit(1))
        self._lost = db.render(select(queue.c.id).where(*expired).limit(1))
        # Skips what other processes are about to take, and what a transaction that is still open relies on.
        self._candidates = db.render(first.limit(bindparam("wanted")).with_for_update(skip_locked=True))
        self._take = db.render(
            update(queue)
            .where(queue.c.id == bindparam("by_id"), queue.c.state == "waiting")
            .values(
                state="running", lease=bindparam("token"), leased_until=bindparam("until"),
                attempt=queue.c.attempt + 1, started_at=bindparam("at"), waiting_key=null(),
            )
        )  # fmt: skip
        mine = (queue.c.state == "running", queue.c.lease == bindparam("token"))
        self._taken = db.render(select(queue).where(*mine).order_by(queue.c.urgency, queue.c.due_at, queue.c.id))
        ended = {"ended_at": bindparam("at"), "lease": null(), "leased_until": null()}
        self._cancelled = db.render(
            update(queue).where(*expired, queue.c.cancelling == 1).values(state="cancelled", **ended)
        )
        used_up = queue.c.attempt >= queue.c.attempts
        self._dead = db.render(update(queue).where(*expired, used_up).values(state="dead", error=LOST, **ended))
        self._again = db.render(
            update(queue)
            .where(*expired)
            .values(state="waiting", due_at=bindparam("at"), error=LOST, lease=null(), leased_until=null())
        )

    async def lost(self, now: str) -> bool:
        """Whether a lost process has left something."""
        return await self._db.fetch_one(self._lost, {"now": now}) is not None

    async def free(self, now: str) -> None:
        """Gives back, or ends, what lost processes held."""

        async def body(tx: Transaction) -> None:
            for statement in (self._cancelled, self._dead, self._again):
                await tx.execute(statement, {"now": now, "at": now})

        await transact(self._db, body)

    async def anything(self, closed: Collection[str], now: str) -> bool:
        """Whether a claim would find something."""
        return await self._db.fetch_one(self._due, self._values(closed) | {"now": now}) is not None

    def _values(self, closed: Collection[str]) -> dict[str, Value]:
        """The kinds to look for; those that have no place stand empty, so that one text serves."""
        return {f"kind_{number}": "" if name in closed else name for number, name in enumerate(self._kinds)}

    async def claim(
        self, tx: Transaction, closed: Collection[str], wanted: int, token: str, now: str, until: str
    ) -> list[Row]:
        """Leases what comes first; answers what it got, in order."""
        found = await tx.fetch_all(self._candidates, self._values(closed) | {"now": now, "wanted": wanted})
        leased = {"token": token, "until": until, "at": now}
        await tx.execute_many(self._take, [leased | {"by_id": row["id"]} for row in found])
        return await tx.fetch_all(self._taken, {"token": token})
