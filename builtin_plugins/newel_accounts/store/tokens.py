"""Sessions and API tokens. Of the secret only the hash is ever passed in."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_accounts.tables import roles, tokens, users

BATCH = 500


class TokenStore:
    """Statements over ``accounts_tokens``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        render = db.render
        shown = [one for one in tokens.columns if one.name != "hash"]
        # Everything that authentication has to know, in one statement.
        self._owner = render(
            select(
                tokens.c.id.label("credential"), tokens.c.kind, tokens.c.label, tokens.c.scopes, tokens.c.expires_at,
                tokens.c.last_used_at, users.c.id, users.c.name, users.c.role, users.c.disabled,
                roles.c.builtin, roles.c.added, roles.c.removed,
            )
            .select_from(tokens.join(users, users.c.id == tokens.c.owner).join(roles, roles.c.name == users.c.role))
            .where(tokens.c.hash == bindparam("hash"))
        )  # fmt: skip
        self._one = render(select(*shown).where(tokens.c.id == bindparam("id")))
        page = select(*shown).where(tokens.c.owner == bindparam("owner"), tokens.c.id > bindparam("after"))
        page = page.order_by(tokens.c.id).limit(bindparam("wanted"))
        self._list = render(page)
        self._list_kind = render(page.where(tokens.c.kind == bindparam("kind")))
        self._insert = render(insert(tokens).values({one.name: bindparam(one.name) for one in tokens.columns}))
        self._delete = render(delete(tokens).where(tokens.c.id == bindparam("id")))
        others = and_(tokens.c.owner == bindparam("owner"), tokens.c.id != bindparam("keep"))
        self._end_sessions = render(delete(tokens).where(others, tokens.c.kind == "session"))
        self._end_all = render(delete(tokens).where(others))
        self._used = render(
            update(tokens)
            .where(
                tokens.c.id == bindparam("by_id"),
                or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at < bindparam("at")),
            )
            .values(last_used_at=bindparam("used_at"))
        )
        self._expired = render(
            select(tokens.c.id)
            .where(
                tokens.c.expires_at <= bindparam("now"),
                or_(tokens.c.kind == "session", tokens.c.expires_at <= bindparam("long_ago")),
            )
            .order_by(tokens.c.expires_at)
            .limit(BATCH)
        )

    async def owner(self, digest: str) -> Row | None:
        """The owner, their role and the token itself (``credential``), by the secret's hash."""
        return await self._db.fetch_one(self._owner, {"hash": digest})

    async def get(self, db: Queries, id: str) -> Row | None:
        return await db.fetch_one(self._one, {"id": id})

    async def page(self, owner: str, after: str, limit: int, kind: str | None = None) -> list[Row]:
        values: dict[str, Value] = {"owner": owner, "after": after, "wanted": limit}
        if kind is None:
            return await self._db.fetch_all(self._list, values)
        return await self._db.fetch_all(self._list_kind, {**values, "kind": kind})

    async def add(self, tx: Transaction, row: Mapping[str, Value]) -> None:
        await tx.execute(self._insert, row)

    async def delete(self, tx: Transaction, id: str) -> None:
        await tx.execute(self._delete, {"id": id})

    async def end(self, tx: Transaction, owner: str, *, keep: str = "", tokens_too: bool = False) -> None:
        """Ends a user's sessions, and API tokens where that is said; all but the one with the id ``keep``."""
        await tx.execute(self._end_all if tokens_too else self._end_sessions, {"owner": owner, "keep": keep})

    async def note_use(self, used: Mapping[str, str]) -> None:
        """Writes when tokens (by id) were last used; a later time that is there stays."""
        rows = [{"by_id": id, "at": at, "used_at": at} for id, at in used.items()]
        await self._db.execute_many(self._used, rows)

    async def drop_expired(self, now: str, long_ago: str) -> int:
        """Deletes one batch: sessions that have ended by ``now``, API tokens by ``long_ago``. Answers how many."""
        found = await self._db.fetch_all(self._expired, {"now": now, "long_ago": long_ago})
        await self._db.execute_many(self._delete, [{"id": row["id"]} for row in found])
        return len(found)
