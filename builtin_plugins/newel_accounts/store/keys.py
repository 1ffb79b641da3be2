"""SSH public keys, and what is asked again and again of somebody who is inside."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BindParameter, and_, bindparam, delete, insert, or_, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_accounts.tables import keys, roles, tokens, users

CHANGING = ("label", "operation", "sources", "expires_at")


class KeyStore:
    """Statements over ``accounts_keys``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        render = db.render
        holder = (users.c.id, users.c.name, users.c.role, users.c.disabled)
        rights = (roles.c.builtin, roles.c.added, roles.c.removed)
        # Everything that authentication has to know, in one statement.
        self._owner = render(
            select(
                keys.c.id.label("credential"), keys.c.operation, keys.c.sources, keys.c.expires_at, keys.c.last_used_at,
                *holder, users.c.email, *rights,
            )
            .select_from(keys.join(users, users.c.id == keys.c.owner).join(roles, roles.c.name == users.c.role))
            .where(keys.c.fingerprint == bindparam("fingerprint"))
        )  # fmt: skip
        credential: BindParameter[str] = bindparam("credential")
        self._holder = render(
            select(
                *holder, users.c.password, *rights, tokens.c.kind, tokens.c.scopes,
                tokens.c.id.label("token"), tokens.c.expires_at.label("token_expires"),
                keys.c.id.label("key_id"), keys.c.expires_at.label("key_expires"),
                keys.c.operation, keys.c.sources,
            )
            .select_from(
                users.join(roles, roles.c.name == users.c.role)
                .outerjoin(tokens, and_(tokens.c.id == credential, tokens.c.owner == users.c.id))
                .outerjoin(keys, and_(keys.c.id == credential, keys.c.owner == users.c.id))
            )
            .where(users.c.id == bindparam("id"))
        )  # fmt: skip
        whole = select(keys)
        self._any = render(select(keys.c.id).limit(1))
        self._one = render(whole.where(keys.c.id == bindparam("id")))
        self._list = render(
            whole.where(keys.c.owner == bindparam("owner"), keys.c.id > bindparam("after"))
            .order_by(keys.c.id)
            .limit(bindparam("wanted"))
        )
        self._insert = render(insert(keys).values({one.name: bindparam(one.name) for one in keys.columns}))
        self._update = render(
            update(keys).where(keys.c.id == bindparam("by_id")).values({name: bindparam(name) for name in CHANGING})
        )
        self._delete = render(delete(keys).where(keys.c.id == bindparam("id")))
        self._delete_all = render(
            delete(keys).where(keys.c.owner == bindparam("owner"), keys.c.id != bindparam("keep"))
        )
        self._used = render(
            update(keys)
            .where(
                keys.c.id == bindparam("by_id"),
                or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < bindparam("at")),
            )
            .values(last_used_at=bindparam("used_at"))
        )

    async def owner(self, fingerprint: str) -> Row | None:
        """The owner, their role and the key itself (``credential``)."""
        return await self._db.fetch_one(self._owner, {"fingerprint": fingerprint})

    async def holder(self, id: str, credential: str) -> Row | None:
        """A user with their role, and the token and the key of theirs that have this id."""
        return await self._db.fetch_one(self._holder, {"id": id, "credential": credential})

    async def any(self) -> bool:
        return await self._db.fetch_one(self._any) is not None

    async def get(self, db: Queries, id: str) -> Row | None:
        return await db.fetch_one(self._one, {"id": id})

    async def page(self, owner: str, after: str, limit: int) -> list[Row]:
        return await self._db.fetch_all(self._list, {"owner": owner, "after": after, "wanted": limit})

    async def add(self, tx: Transaction, row: Mapping[str, Value]) -> None:
        """Raises ``UniqueViolation`` for a key that somebody has."""
        await tx.execute(self._insert, row)

    async def change(self, tx: Transaction, row: Row, changes: Mapping[str, Value]) -> None:
        values = {name: row[name] for name in CHANGING} | dict(changes)
        await tx.execute(self._update, {**values, "by_id": row["id"]})

    async def delete(self, tx: Transaction, id: str) -> None:
        await tx.execute(self._delete, {"id": id})

    async def delete_all(self, tx: Transaction, owner: str, *, keep: str = "") -> None:
        """All keys of a user but the one with the id ``keep``."""
        await tx.execute(self._delete_all, {"owner": owner, "keep": keep})

    async def note_use(self, used: Mapping[str, str]) -> None:
        """Writes when keys (by id) were last used; a later time that is there stays."""
        await self._db.execute_many(self._used, [{"by_id": id, "at": at, "used_at": at} for id, at in used.items()])
