"""Users and tokens: the operations of those who manage them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import frozen

from newel import (
    SIGNED_IN,
    Call,
    Conflict,
    Forbidden,
    Max,
    MaxLength,
    Min,
    NotFound,
    Pattern,
    Secret,
    ShownOnce,
    operation,
)  # fmt: skip
from newel.contracts.audit import Change
from newel.contracts.database import Row, UniqueViolation
from newel_accounts.identity import normal
from newel_accounts.passwords import Passwords
from newel_accounts.permissions import TOKENS_MANAGE, USERS_MANAGE, USERS_READ
from newel_accounts.signing import NewPassword
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

Role = Literal["admin", "editor", "viewer"]


@frozen(kw_only=True)
class User:
    """An account, as it is shown."""

    id: str
    email: str
    name: str
    role: str
    disabled: bool
    created_at: str


@frozen(kw_only=True)
class UserPage:
    """A page of accounts."""

    data: tuple[User, ...]
    next: str | None = None


@frozen(kw_only=True)
class UserQuery:
    """Which page of accounts."""

    limit: Annotated[int, "Accounts a page.", Min(1), Max(200)] = 50
    cursor: Annotated[str, "Where the previous page ended.", MaxLength(26)] = ""


@frozen(kw_only=True)
class NewUser:
    """An account to be."""

    email: Annotated[str, "The e-mail address; no two accounts share one.", Pattern(r"[^@\s]+@[^@\s]+"), MaxLength(191)]
    name: Annotated[str, "The name that others see.", MaxLength(191)] = ""
    role: Annotated[Role, "What the account may do."] = "viewer"
    password: NewPassword


@frozen(kw_only=True)
class UserChange:
    """What to change of an account; what is left out stays."""

    id: str
    name: Annotated[str | None, "The name that others see."] = None
    role: Annotated[Role | None, "What the account may do."] = None
    disabled: Annotated[bool | None, "Whether the account is shut."] = None


@frozen(kw_only=True)
class ById:
    """The one meant."""

    id: str


@frozen
class OneTimePassword:
    """A password just made."""

    password: ShownOnce[str]


def shown(row: Row) -> User:
    """An account without its secrets."""
    return User(
        id=row["id"], email=row["email"], name=row["name"], role=row["role"], disabled=bool(row["disabled"]),
        created_at=row["created_at"],
    )  # fmt: skip


class Users:
    """The operations ``users.*``."""

    def __init__(self, app: App, store: Store, passwords: Passwords) -> None:
        self._app = app
        self._store = store
        self._passwords = passwords

    @operation("users.list", needs=USERS_READ, http="GET /users")
    async def list(self, call: Call, order: UserQuery) -> UserPage:
        """Lists accounts, oldest first."""
        rows = await self._store.users(order.cursor, order.limit + 1)
        page = rows[: order.limit]
        return UserPage(data=tuple(map(shown, page)), next=page[-1]["id"] if len(rows) > order.limit else None)

    @operation("users.get", needs=USERS_READ, http="GET /users/{id}")
    async def get(self, call: Call, order: ById) -> User:
        """Shows one account."""
        row = await self._store.user(self._store.db, order.id)
        if row is None:
            raise NotFound("there is no such account")
        return shown(row)

    @operation("users.create", needs=USERS_MANAGE, http="POST /users", effect="write", status=201)
    async def create(self, call: Call, order: NewUser) -> User:
        """Creates an account."""
        self._may_grant(call, order.role)
        email = normal(order.email)
        hashed = await self._passwords.hashed(order.password.reveal())
        row = self._store.new_user(self._app, email, order.name or email, order.role, hashed)
        try:
            await self._store.add_user(call.tx, row)
        except UniqueViolation:
            raise Conflict("there is an account with this e-mail address", code="not_unique") from None
        made = shown(row)
        call.changed(Change(entity="user", id=made.id, before=None, after=self._plain(made)))
        return made

    @operation("users.update", needs=USERS_MANAGE, http="PATCH /users/{id}", effect="write")
    async def update(self, call: Call, order: UserChange) -> User:
        """Changes an account. The last admin stays one."""
        row = await self._found(call, order.id)
        role = order.role or row["role"]
        self._may_grant(call, role)
        self._may_grant(call, row["role"])
        disabled = row["disabled"] if order.disabled is None else int(order.disabled)
        await self._store.change_user(
            call.tx, row, name=row["name"] if order.name is None else order.name, role=role, disabled=disabled
        )
        await self._keep_an_admin(call)
        if disabled or role != row["role"]:
            await self._store.drop_sessions(call.tx, order.id)
        made = shown(await self._found(call, order.id))
        call.changed(Change(entity="user", id=made.id, before=self._plain(shown(row)), after=self._plain(made)))
        return made

    @operation("users.delete", needs=USERS_MANAGE, http="DELETE /users/{id}", effect="write", status=204)
    async def delete(self, call: Call, order: ById) -> None:
        """Deletes an account with its tokens and sessions. The last admin stays."""
        row = await self._found(call, order.id)
        self._may_grant(call, row["role"])
        await self._store.drop_user(call.tx, order.id)
        await self._keep_an_admin(call)
        call.changed(Change(entity="user", id=order.id, before=self._plain(shown(row)), after=None))

    @operation("users.reset_password", needs=USERS_MANAGE, http="POST /users/{id}/reset-password", effect="write")
    async def reset_password(self, call: Call, order: ById) -> OneTimePassword:
        """Gives an account a new random password, shown once, and ends its sessions."""
        row = await self._found(call, order.id)
        self._may_grant(call, row["role"])
        password = secrets.token_urlsafe(15)
        await self._store.change_user(call.tx, row, password=await self._passwords.hashed(password))
        await self._store.drop_sessions(call.tx, order.id)
        change = {"password": Secret("changed")}
        call.changed(Change(entity="user", id=order.id, before=self._plain(shown(row)), after=change))
        return OneTimePassword(ShownOnce(password))

    async def _found(self, call: Call, user: str) -> Row:
        row = await self._store.user(call.tx, user)
        if row is None:
            raise NotFound("there is no such account")
        return row

    def _may_grant(self, call: Call, role: str) -> None:
        if role == "admin" and not call.actor.everything:
            raise Forbidden("only an admin may make, change or remove an admin")

    async def _keep_an_admin(self, call: Call) -> None:
        if not await self._store.admins(call.tx):
            raise Conflict("this is the last admin: make another one first", code="last_admin")

    def _plain(self, user: User) -> dict[str, object]:
        return dict(self._app.structurer.unstructure(user))


@frozen(kw_only=True)
class NewToken:
    """A token to be."""

    label: Annotated[str, "What it is for.", MaxLength(191)] = ""


@frozen(kw_only=True)
class Token:
    """A token, without its secret."""

    id: str
    label: str
    created_at: str


@frozen(kw_only=True)
class MadeToken:
    """A token just made; its secret is shown this once."""

    label: str
    token: ShownOnce[str]


class Tokens:
    """The operations ``tokens.*``."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("tokens.list", needs=SIGNED_IN, http="GET /tokens")
    async def list(self, call: Call) -> tuple[Token, ...]:
        """Lists one's own tokens."""
        rows = await self._store.tokens(call.actor.id)
        return tuple(Token(id=row["id"], label=row["label"], created_at=row["created_at"]) for row in rows)

    @operation("tokens.create", needs=SIGNED_IN, http="POST /tokens", effect="write", status=201)
    async def create(self, call: Call, order: NewToken) -> MadeToken:
        """Makes a token with the rights of whoever asks. It is shown this once; its hash is kept."""
        if await self._store.user(call.tx, call.actor.id) is None:
            raise Forbidden("only an account has tokens")
        token = await self._store.add_token(call.tx, self._app, call.actor.id, "token", order.label, None)
        call.changed(Change(entity="token", id=call.actor.id, before=None, after={"label": order.label}))
        return MadeToken(label=order.label, token=ShownOnce(token))

    @operation("tokens.revoke", needs=SIGNED_IN, http="DELETE /tokens/{id}", effect="write", status=204)
    async def revoke(self, call: Call, order: ById) -> None:
        """Revokes a token at once: one's own, or anybody's with the permission ``tokens.manage``."""
        row = await self._store.token(call.tx, order.id)
        if row is None or (row["user"] != call.actor.id and not call.actor.may(TOKENS_MANAGE)):
            raise NotFound("there is no such token")
        await self._store.drop_token(call.tx, order.id)
        call.changed(Change(entity="token", id=order.id, before={"label": row["label"]}, after=None))
