"""Roles."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_accounts.tables import roles


class RoleStore:
    """Statements over ``accounts_roles``. Rows have the name as ``role``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        render = db.render
        names = [one for one in roles.columns if one.name != "name"]
        whole = select(roles.c.name.label("role"), *names)
        self._all = render(whole.order_by(roles.c.name))
        self._one = render(whole.where(roles.c.name == bindparam("name")))
        self._insert = render(insert(roles).values({one.name: bindparam(one.name) for one in roles.columns}))
        self._update = render(
            update(roles)
            .where(roles.c.name == bindparam("by_name"), roles.c.revision == bindparam("base"))
            .values(
                summary=bindparam("summary"), added=bindparam("added"), removed=bindparam("removed"),
                revision=roles.c.revision + 1,
            )
        )  # fmt: skip
        self._delete = render(delete(roles).where(roles.c.name == bindparam("name")))

    async def all(self) -> list[Row]:
        return await self._db.fetch_all(self._all)

    async def get(self, db: Queries, name: str) -> Row | None:
        return await db.fetch_one(self._one, {"name": name})

    async def add(self, tx: Transaction, row: Mapping[str, Value]) -> None:
        """Raises ``UniqueViolation`` for a name that is taken."""
        await tx.execute(self._insert, row)

    async def change(self, tx: Transaction, row: Row, changes: Mapping[str, Value]) -> bool:
        """Whether the row was still as it had been read."""
        values = {name: row[name] for name in ("summary", "added", "removed")}
        values |= {**changes, "by_name": row["role"], "base": row["revision"]}
        return await tx.execute(self._update, values) == 1

    async def delete(self, tx: Transaction, name: str) -> None:
        """Raises ``ForeignKeyViolation`` while somebody has the role."""
        await tx.execute(self._delete, {"name": name})
