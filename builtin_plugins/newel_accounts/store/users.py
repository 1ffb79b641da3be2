"""Users. Every row that is read comes with its role (``builtin``, ``added``, ``removed``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_accounts.rights import ADMIN
from newel_accounts.tables import roles, users

CHANGING = ("email", "name", "role", "password", "must_change", "disabled", "updated_at")
FILTERS = ("role", "disabled", "email")


class UserStore:
    """Statements over ``accounts_users``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lists: dict[frozenset[str], str] = {}
        render = db.render
        whole = select(users, roles.c.builtin, roles.c.added, roles.c.removed).join(roles, roles.c.name == users.c.role)
        self._whole = whole
        self._count = render(select(func.count().label("n")).select_from(users))
        self._one = render(whole.where(users.c.id == bindparam("id")))
        self._by_email = render(whole.where(users.c.email == bindparam("email")))
        self._insert = render(insert(users).values({one.name: bindparam(one.name) for one in users.columns}))
        changes: dict[str, Any] = {name: bindparam(name) for name in CHANGING}
        self._update = render(
            update(users)
            .where(users.c.id == bindparam("by_id"), users.c.revision == bindparam("base"))
            .values(changes | {"revision": users.c.revision + 1})
        )
        self._rehash = render(
            update(users)
            .where(users.c.id == bindparam("by_id"), users.c.password == bindparam("old"))
            .values(password=bindparam("new"))
        )
        self._delete = render(delete(users).where(users.c.id == bindparam("id")))
        # On engines with several writers: whoever takes an admin away waits for whoever does the same.
        self._hold_admins = render(update(roles).where(roles.c.name == ADMIN).values(revision=roles.c.revision))
        self._other_admin = render(
            select(users.c.id)
            .where(and_(users.c.role == ADMIN, users.c.disabled == 0, users.c.id != bindparam("id")))
            .order_by(users.c.id)
            .limit(1)
            .with_for_update()
        )

    async def any(self, db: Queries) -> bool:
        row = await db.fetch_one(self._count)
        return row is not None and bool(row["n"])

    async def get(self, db: Queries, id: str) -> Row | None:
        return await db.fetch_one(self._one, {"id": id})

    async def by_email(self, db: Queries, email: str) -> Row | None:
        """``email`` is normalised."""
        return await db.fetch_one(self._by_email, {"email": email})

    async def page(self, given: Mapping[str, Value], after: str, limit: int) -> list[Row]:
        """Users in order of their making; ``given`` holds some of ``FILTERS``."""
        names = frozenset(given)
        if names not in self._lists:  # at most eight texts
            wanted = [users.c[name] == bindparam(name) for name in sorted(names)]
            clause = self._whole.where(users.c.id > bindparam("after"), *wanted)
            self._lists[names] = self._db.render(clause.order_by(users.c.id).limit(bindparam("wanted")))
        return await self._db.fetch_all(self._lists[names], {**given, "after": after, "wanted": limit})

    async def add(self, tx: Transaction, row: Mapping[str, Value]) -> None:
        """Raises ``UniqueViolation`` for an address that is taken."""
        await tx.execute(self._insert, row)

    async def change(self, tx: Transaction, row: Row, now: str, **changes: Value) -> bool:
        """Whether the row was still as it had been read."""
        values = {name: row[name] for name in CHANGING} | changes | {"updated_at": now}
        return await tx.execute(self._update, values | {"by_id": row["id"], "base": row["revision"]}) == 1

    async def rehash(self, tx: Transaction, id: str, old: str, new: str) -> None:
        """Replaces a hash by one of the same password."""
        await tx.execute(self._rehash, {"by_id": id, "old": old, "new": new})

    async def delete(self, tx: Transaction, id: str) -> None:
        """With all tokens."""
        await tx.execute(self._delete, {"id": id})

    async def has_other_admin(self, tx: Transaction, id: str) -> bool:
        """Whether somebody else may do everything and is not disabled; stays true until the transaction ends."""
        await tx.execute(self._hold_admins)
        return await tx.fetch_one(self._other_admin, {"id": id}) is not None
