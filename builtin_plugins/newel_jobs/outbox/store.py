"""Reads and writes of the table of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from sqlalchemy import ColumnElement, bindparam, delete, exists, insert, null, or_, select, update

from newel.contracts.database import Database, Row, Transaction, Value
from newel.transact import transact
from newel_jobs.tables import events

BATCH = 500
WRITTEN = (
    "event", "plugin", "hook", "lane", "state", "attempts", "due_at", "created_at", "subject_json", "call_json",
)  # fmt: skip


@frozen(kw_only=True)
class Ended:
    """How one delivery ended. ``due``: it is tried again then; neither ``due`` nor ``error``: it was told."""

    seq: int
    lease: str
    at: str = ""
    due: str | None = None
    error: str | None = None
    attempts: int = 0

    @property
    def key(self) -> dict[str, Value]:
        return {"by_seq": self.seq, "by_lease": self.lease}


def _free() -> ColumnElement[bool]:
    return or_(events.c.leased_until.is_(None), events.c.leased_until <= bindparam("now"))


class EventStore:
    """Statements, rendered by ``open``."""

    def open(self, db: Database) -> None:
        self._db = db
        self._open_lines(db)
        self._open_turns(db)
        self._open_dead(db)

    def _open_lines(self, db: Database) -> None:
        # Inline: no engine adds a RETURNING for the number it makes.
        self._add = db.render(insert(events).inline().values({name: bindparam(name) for name in WRITTEN}))
        before = events.alias("earlier")
        blocked = exists().where(
            before.c.lane == events.c.lane, before.c.state == "waiting", before.c.seq < events.c.seq
        )
        self._heads = db.render(
            select(events.c.seq)
            .where(
                events.c.state == "waiting",
                events.c.plugin == bindparam("plugin"),
                events.c.due_at <= bindparam("now"),
                _free(),
                ~blocked,
            )
            .order_by(events.c.seq)
            .limit(bindparam("wanted"))
        )

    def _open_turns(self, db: Database) -> None:
        mine = (events.c.seq == bindparam("by_seq"), events.c.lease == bindparam("by_lease"))
        taken = {"lease": bindparam("token"), "leased_until": bindparam("until"), "attempts": events.c.attempts + 1}
        # Asked again where it is taken: another process may have been quicker.
        self._take = db.render(
            update(events)
            .where(
                events.c.seq == bindparam("by_seq"),
                events.c.state == "waiting",
                events.c.due_at <= bindparam("now"),
                _free(),
            )
            .values(taken)
        )
        self._taken = db.render(select(events).where(events.c.lease == bindparam("token")).order_by(events.c.seq))
        self._done = db.render(delete(events).where(*mine))
        self._again = db.render(
            update(events)
            .where(*mine)
            .values(
                lease=null(), leased_until=null(), due_at=bindparam("due"), error=bindparam("why"),
                attempts=bindparam("tried"),
            )
        )  # fmt: skip
        self._die = db.render(
            update(events)
            .where(*mine)
            .values(state="dead", lease=null(), leased_until=null(), ended_at=bindparam("at"), error=bindparam("why"))
        )
        self._renew = db.render(update(events).where(*mine).values(leased_until=bindparam("until")))

    def _open_dead(self, db: Database) -> None:
        dead = events.c.state == bindparam("by_state")
        page = select(events).where(dead, events.c.seq < bindparam("before")).order_by(events.c.seq.desc())
        self._page = db.render(page.limit(bindparam("wanted")))
        self._page_of = db.render(page.where(events.c.plugin == bindparam("plugin")).limit(bindparam("wanted")))
        one = (events.c.state == "dead", events.c.plugin == bindparam("plugin"), events.c.event == bindparam("event"))
        self._dead = db.render(select(events).where(*one).order_by(events.c.seq).limit(1).with_for_update())
        self._drop = db.render(delete(events).where(events.c.seq == bindparam("by_seq"), dead))
        self._old = db.render(
            select(events.c.seq)
            .where(events.c.state == "dead", events.c.ended_at <= bindparam("at"))
            .order_by(events.c.seq)
            .limit(BATCH)
        )
        self._plugins = db.render(select(events.c.plugin).where(events.c.state == "waiting").distinct())
        self._orphans = db.render(
            select(events.c.seq)
            .where(
                events.c.state == "waiting",
                events.c.plugin == bindparam("plugin"),
                events.c.created_at <= bindparam("at"),
            )
            .order_by(events.c.seq)
            .limit(BATCH)
        )

    async def add(self, tx: Transaction, rows: Sequence[Mapping[str, Value]]) -> None:
        await tx.execute_many(self._add, rows)

    async def heads(self, plugin: str, now: str, wanted: int) -> list[int]:
        """Events of a plugin that are due and first in their lanes."""
        rows = await self._db.fetch_all(self._heads, {"plugin": plugin, "now": now, "wanted": wanted})
        return [row["seq"] for row in rows]

    async def turn(
        self, tx: Transaction, ended: Sequence[Ended], wanted: Sequence[int], token: str, now: str, until: str
    ) -> list[Row]:
        """Notes what has ended, leases what is wanted and still free; answers what it got."""
        await tx.execute_many(self._done, [one.key for one in ended if one.due is None and one.error is None])
        again = [one for one in ended if one.due is not None]
        await tx.execute_many(
            self._again, [{**one.key, "due": one.due, "why": one.error, "tried": one.attempts} for one in again]
        )
        dead = [one for one in ended if one.due is None and one.error is not None]
        await tx.execute_many(self._die, [{**one.key, "at": one.at, "why": one.error} for one in dead])
        if not wanted:
            return []
        leased: dict[str, Value] = {"token": token, "until": until, "now": now}
        await tx.execute_many(self._take, [{**leased, "by_seq": seq} for seq in wanted])
        return await tx.fetch_all(self._taken, {"token": token})

    async def renew(self, held: Sequence[tuple[int, str]], until: str) -> None:
        if not held:
            return
        rows: list[dict[str, Value]] = [{"by_seq": seq, "by_lease": lease, "until": until} for seq, lease in held]
        await transact(self._db, lambda tx: tx.execute_many(self._renew, rows))

    async def page(self, state: str, plugin: str | None, before: int, wanted: int) -> list[Row]:
        """Events of a state with a number below ``before``, the newest first."""
        values: dict[str, Value] = {"by_state": state, "before": before, "wanted": wanted}
        if plugin is None:
            return await self._db.fetch_all(self._page, values)
        return await self._db.fetch_all(self._page_of, values | {"plugin": plugin})

    async def requeue(self, tx: Transaction, event: str, plugin: str, now: str) -> Row | None:
        """Puts a dead event behind all others of its lane; answers it as it was."""
        row = await tx.fetch_one(self._dead, {"event": event, "plugin": plugin})
        if row is None:
            return None
        fresh = {name: row[name] for name in WRITTEN} | {"state": "waiting", "attempts": 0, "due_at": now}
        await tx.execute_many(self._add, [fresh])
        await self._dropped(tx, [row["seq"]], "dead")
        return row

    async def drop(self, seqs: Sequence[int], state: str) -> None:
        await transact(self._db, lambda tx: self._dropped(tx, seqs, state))

    async def _dropped(self, tx: Transaction, seqs: Sequence[int], state: str) -> None:
        await tx.execute_many(self._drop, [{"by_seq": seq, "by_state": state} for seq in seqs])

    async def old(self, at: str) -> list[int]:
        """One batch of the dead that ended by then."""
        return [row["seq"] for row in await self._db.fetch_all(self._old, {"at": at})]

    async def plugins(self) -> list[str]:
        """Those that events wait for."""
        return [row["plugin"] for row in await self._db.fetch_all(self._plugins)]

    async def orphans(self, plugin: str, at: str) -> list[int]:
        """One batch of a plugin's events that have waited since then."""
        return [row["seq"] for row in await self._db.fetch_all(self._orphans, {"plugin": plugin, "at": at})]
