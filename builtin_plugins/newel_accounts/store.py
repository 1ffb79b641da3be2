"""Reads and writes of users and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from newel.context import Actor
from newel.contracts.database import Database, Row, Transaction, UniqueViolation, Value
from newel.structure import rfc3339
from newel_accounts.passwords import new_token, token_hash

if TYPE_CHECKING:
    from newel.app import App


class Store:
    """Statements, rendered once by ``open``."""

    db: Database

    def open(self, db: Database) -> None:
        from sqlalchemy import bindparam, delete, func, insert, select, update

        from newel_accounts.tables import tokens, users

        def by(column: Any) -> Any:
            return column == bindparam(f"by_{column.name}")

        self.db = db
        render = db.render
        self._count = render(select(func.count().label("n")).select_from(users))
        self._admins = render(
            select(users.c.id).where(users.c.role == bindparam("role"), users.c.disabled == bindparam("off"))
        )
        self._add_user = render(insert(users).values({one.name: bindparam(one.name) for one in users.columns}))
        self._add_token = render(insert(tokens).values({one.name: bindparam(one.name) for one in tokens.columns}))
        self._user = render(select(users).where(by(users.c.id)))
        self._user_by_email = render(select(users).where(by(users.c.email)))
        self._users = render(
            select(users).where(users.c.id > bindparam("after")).order_by(users.c.id).limit(bindparam("wanted"))
        )
        changed: dict[str, Any] = {name: bindparam(name) for name in ("name", "role", "password", "disabled", "email")}
        self._change_user = render(update(users).where(by(users.c.id)).values(changed))
        self._drop_user = render(delete(users).where(by(users.c.id)))
        owner = users.c
        self._by_hash = render(
            select(
                tokens.c.id.label("token"), tokens.c.kind, tokens.c.expires_at, owner.id, owner.email, owner.name,
                owner.role,                 owner.disabled,
            ).select_from(tokens.join(users, tokens.c.user == owner.id)).where(by(tokens.c.hash))
        )  # fmt: skip
        self._tokens = render(
            select(tokens).where(by(tokens.c.user), tokens.c.kind == bindparam("kind")).order_by(tokens.c.id)
        )
        self._token = render(select(tokens).where(by(tokens.c.id)))
        self._drop_token = render(delete(tokens).where(by(tokens.c.id)))
        self._drop_tokens = render(
            delete(tokens).where(
                by(tokens.c.user), tokens.c.kind == bindparam("kind"), tokens.c.hash != bindparam("keep")
            )
        )

    async def is_empty(self) -> bool:
        row = await self.db.fetch_one(self._count)
        return row is None or row["n"] == 0

    async def add_first(self, app: App, email: str, password: str, by: Actor) -> str | None:
        """Adds the first admin with a token; ``None`` when somebody else was quicker."""
        try:
            async with self.db.transaction() as tx:
                row = await tx.fetch_one(self._count)
                if row is not None and row["n"]:
                    return None
                user = self.new_user(app, email, "Admin", "admin", password)
                await self.add_user(tx, user)
                return await self.add_token(tx, app, str(user["id"]), "token", "first token", None)
        except UniqueViolation:
            return None

    def new_user(self, app: App, email: str, name: str, role: str, password: str) -> dict[str, Value]:
        return {
            "id": app.ids.new(), "email": email, "name": name, "role": role, "password": password, "disabled": 0,
            "created_at": rfc3339(app.clock.now()),
        }  # fmt: skip

    async def add_user(self, tx: Transaction, user: Mapping[str, Value]) -> None:
        await tx.execute(self._add_user, user)

    async def add_token(
        self, tx: Transaction, app: App, user: str, kind: str, label: str, expires_at: str | None
    ) -> str:
        """Adds a token and answers the secret, of which only the hash is kept."""
        token = new_token()
        await tx.execute(self._add_token, {
            "id": app.ids.new(), "user": user, "kind": kind, "label": label, "hash": token_hash(token),
            "expires_at": expires_at, "created_at": rfc3339(app.clock.now()),
        })  # fmt: skip
        return token

    async def user(self, tx: Transaction | Database, user: str) -> Row | None:
        return await tx.fetch_one(self._user, {"by_id": user})

    async def user_by_email(self, email: str) -> Row | None:
        return await self.db.fetch_one(self._user_by_email, {"by_email": email})

    async def users(self, after: str, wanted: int) -> list[Row]:
        return await self.db.fetch_all(self._users, {"after": after, "wanted": wanted})

    async def change_user(self, tx: Transaction, user: Row, **changes: Value) -> None:
        names = ("name", "role", "password", "disabled", "email")
        await tx.execute(
            self._change_user, {name: changes.get(name, user[name]) for name in names} | {"by_id": user["id"]}
        )

    async def drop_user(self, tx: Transaction, user: str) -> None:
        await tx.execute(self._drop_user, {"by_id": user})

    async def admins(self, tx: Transaction) -> list[str]:
        """The ids of the admins who can sign in."""
        return [row["id"] for row in await tx.fetch_all(self._admins, {"role": "admin", "off": 0})]

    async def owner_of(self, token: str) -> Row | None:
        return await self.db.fetch_one(self._by_hash, {"by_hash": token_hash(token)})

    async def tokens(self, user: str) -> list[Row]:
        return await self.db.fetch_all(self._tokens, {"by_user": user, "kind": "token"})

    async def token(self, tx: Transaction, token: str) -> Row | None:
        return await tx.fetch_one(self._token, {"by_id": token})

    async def drop_token(self, tx: Transaction, token: str) -> None:
        await tx.execute(self._drop_token, {"by_id": token})

    async def drop_sessions(self, tx: Transaction, user: str, keep: str = "") -> None:
        await tx.execute(self._drop_tokens, {"by_user": user, "kind": "session", "keep": keep})
