"""Appends rows to a chain. The one place where a head moves forward.

A day has a few chains ("stripes"), so that writers of a server's engine do not all wait for one commit; SQLite has one
writer, and one chain. Rows go to the newest day, and a new day is opened only when the hybrid clock has come to it:
then the heads of the day before are closed, and the new chains begin with what those ended with.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newel import Transient
from newel.contracts.database import Database, Row, Transaction, UniqueViolation, Value
from newel.transact import transact
from newel_audit.chain import row_hash, start_hash
from newel_audit.hlc import HybridClock, beginning, time_of_id
from newel_audit.keys import Keys
from newel_audit.store import Store

if TYPE_CHECKING:
    from newel.app import App

STRIPES = 8
ROUNDS = 10
"""How often a head is looked for: another process may open a day at the same moment."""


def stripes_of(dialect: str) -> int:
    """How many chains a day has: as many as writers can use at a time, within reason."""
    return 1 if dialect == "sqlite" else STRIPES


class Writer:
    """Gives rows their stamp, id and place. Makes nothing of its own commit: all is in the caller's transaction."""

    def __init__(self, app: App, store: Store, clock: HybridClock) -> None:
        self._log = app.log
        self._store = store
        self._clock = clock
        self._keys: Keys
        self._stripes = 1
        self._day = ""
        self._chains: tuple[int, ...] = ()
        """The newest day and its chains, as last seen. Only a guess: the transaction that made them may be undone."""

    async def open(self, db: Database, keys: Keys) -> None:
        """Reads how far the clock of the trail has come."""
        self._keys = keys
        self._stripes = stripes_of(db.dialect)
        stamp = await self._store.heads.stamp(db)
        if stamp is not None:
            self._clock.merge(stamp)
        newest = await self._store.heads.newest(db)
        if not newest:
            await self._first(db)
        if any(keys.check(head) != "good" for head in newest):
            self._log.warning(
                "the audit trail was signed with a key that is not in the key file, or was tampered with; "
                "newel audit verify tells more"
            )

    async def _first(self, db: Database) -> None:
        """Opens the first day of a site. Under a lock: there is no head yet that two processes could meet at."""

        async def body(tx: Transaction) -> None:
            if not await self._store.heads.newest(tx):
                await self._open_day(tx, "")

        async with db.lock("audit.first"):
            await transact(db, body)

    async def add(self, tx: Transaction, rows: Sequence[dict[str, Value]]) -> None:
        """Writes the rows (without stamp, id and place). Three statements, and some more once a day."""
        head = dict(await self._head(tx))
        self._examine(head)
        placed = []
        for row in rows:
            stamp = self._clock.tick()
            head["seq"] += 1
            place = {"day": head["day"], "stripe": head["stripe"], "seq": head["seq"]}
            whole = {**row, **place, "id": stamp.new_id(), "hlc": stamp.text, "node": stamp.node}
            head["hash"] = whole["hash"] = row_hash(head["hash"], whole)
            head["hlc"] = stamp.text
            placed.append(whole)
        await self._store.rows.add(tx, placed)
        await self._store.heads.move(tx, self._keys.sign(head))

    async def _head(self, tx: Transaction) -> Row:
        """The locked head of a chain of the newest day. The clock is past all that the chain holds."""
        for _ in range(ROUNDS):
            if not self._chains or self._clock.day() > self._day:
                await self._find(tx)
                if not self._chains:
                    continue
            head = await self._store.heads.lock(tx, self._day, random.choice(self._chains))  # noqa: S311 - spreads
            if head is not None and not head["next_day"]:
                # Midnight may have come while it was waited for. Opening a day with a lock of the old one in hand
                # would be a deadlock with whoever opens it too, so the row still goes here.
                self._clock.merge(head["hlc"])
                return head
            self._chains = ()
        raise Transient("the audit trail's day could not be opened; try again")

    async def _find(self, tx: Transaction) -> None:
        """Takes the newest day; opens the next one where that is over."""
        newest = await self._store.heads.newest(tx)
        day = newest[0]["day"] if newest else ""
        if not newest or newest[0]["next_day"] or self._clock.day() > day:
            await self._open_day(tx, day)
            newest = await self._store.heads.newest(tx)
        self._day = newest[0]["day"] if newest else ""
        self._chains = tuple(head["stripe"] for head in newest if not head["next_day"])

    async def _open_day(self, tx: Transaction, prior_day: str) -> None:
        """Closes the heads of ``prior_day`` and makes those of a new one. Does nothing where another was quicker."""
        prior = [dict(one) for one in await self._store.heads.lock_day(tx, prior_day)] if prior_day else []
        removed = False
        for head in prior:
            self._clock.merge(head["hlc"])
            if head["next_day"]:
                if await self._store.heads.day_after(tx, prior_day) is not None:
                    return
                removed = True  # it was closed, so there was a day after it
        if prior and removed:
            self._clock.reach(beginning(max(head["next_day"] for head in prior)))
        elif not prior:
            self._clock.reach(time_of_id(await self._store.rows.last(tx)))  # the rows of before the chain
        stamp = self._clock.tick()
        if prior and stamp.day <= prior_day:
            return
        for head in prior:
            self._examine(head)
            await self._store.heads.move(tx, self._keys.sign({**head, "next_day": stamp.day}))
        made = []
        for stripe in range(self._stripes):
            start = start_hash(stamp.day, stripe, prior_day, prior)
            fresh: dict[str, Value] = {
                "day": stamp.day, "stripe": stripe, "stripes": self._stripes, "opened": stamp.text,
                "prior_day": prior_day, "start": start, "seq": 0, "hash": start, "hlc": stamp.text, "next_day": "",
                "pruned": 0, "pruned_hash": "", "breaks": int(removed),
            }  # fmt: skip
            made.append(self._keys.sign(fresh))
        try:
            async with tx.savepoint():
                await self._store.heads.add(tx, made)
        except UniqueViolation:
            return  # all heads had been removed, and another process made them anew

    def _examine(self, head: dict[str, Any]) -> None:
        """Counts a head that is not as one of us left it: signing it again must not heal it."""
        if self._keys.check(head) != "good":
            head["breaks"] += 1
            where = {"day": head["day"], "stripe": head["stripe"]}
            self._log.error("the audit trail was changed by somebody else: newel audit verify tells more", extra=where)
