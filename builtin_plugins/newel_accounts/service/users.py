"""Accounts: who has one, and which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict

from newel import (
    Call,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    PreconditionFailed,
    Problem,
    Reject,
    Secret,
    ShownOnce,
    operation,
)
from newel.contracts.audit import Change
from newel.contracts.database import Row, UniqueViolation, Value
from newel.ids import is_id
from newel.structure import rfc3339
from newel_accounts import passwords
from newel_accounts.identity import normalised
from newel_accounts.model import (
    LONGEST,
    ById,
    MadeUser,
    NewUser,
    OneTimePassword,
    ResetPassword,
    User,
    UserChange,
    UserPage,
    UserQuery,
)
from newel_accounts.passwords import Passwords
from newel_accounts.permissions import USERS_MANAGE, USERS_READ
from newel_accounts.rights import ADMIN, Registry
from newel_accounts.rows import shown_user, user_fields, user_row
from newel_accounts.service.undoing import user_back
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

Hashed = tuple[Secret[str], str]
"""A password and its hash."""


class Users:
    """The operations ``users.*``. Nobody gives a role that may do more than they, nor touches an account that may."""

    def __init__(self, app: App, store: Store, hasher: Passwords, registry: Registry) -> None:
        self._app = app
        self._store = store
        self._hasher = hasher
        self._registry = registry

    @operation("users.list", needs=USERS_READ, http="GET /users")
    async def list(self, call: Call, order: UserQuery) -> UserPage:
        """Lists accounts, the oldest first."""
        if order.cursor and not is_id(order.cursor):
            raise Malformed("the cursor is not one that this list gave")
        given: dict[str, Value] = {}
        if order.role is not None:
            given["role"] = order.role
        if order.disabled is not None:
            given["disabled"] = int(order.disabled)
        if order.email is not None:
            given["email"] = normalised(order.email)
        rows = await self._store.users.page(given, order.cursor, order.limit + 1)
        page = tuple(shown_user(row) for row in rows[: order.limit])
        return UserPage(data=page, next=page[-1].id if len(rows) > order.limit else None)

    @operation("users.get", needs=USERS_READ, http="GET /users/{id}")
    async def get(self, call: Call, order: ById) -> User:
        """Shows one account."""
        row = await self._store.users.get(self._store.db, order.id)
        if row is None:
            raise _missing()
        return shown_user(row)

    async def _hash(self, call: Call, order: NewUser | ResetPassword) -> Hashed:
        given = order.password if isinstance(order, NewUser) else None
        password = given or passwords.made()
        return password, await self._hasher.hashed(password)

    @operation("users.create", needs=USERS_MANAGE, http="POST /users", effect="write", status=201, prepare=_hash)
    async def create(self, call: Call, order: NewUser, hashed: Hashed) -> MadeUser:
        """Creates an account. Without a password it gets a random one, which is answered this once."""
        await self._check_role(call, order.role)
        password, digest = hashed
        email = _address(order.email)
        row = user_row(
            self._app.ids.new(), rfc3339(call.now), email=email, name=order.name.strip() or email, role=order.role,
            password=digest, must_change=int(order.password is None),
        )  # fmt: skip
        try:
            await self._store.users.add(call.tx, row)
        except UniqueViolation:
            raise _taken() from None
        made = shown_user(row)
        call.changed(Change(entity="user", id=made.id, before=None, after=asdict(made) | {"password": Secret(digest)}))
        once = None if order.password is not None else ShownOnce(password.reveal())
        return MadeUser(**user_fields(row), password=once)

    @operation(
        "users.update", needs=USERS_MANAGE, http="PATCH /users/{id}", effect="write", revision="revision",
        undo=user_back,
    )  # fmt: skip
    async def update(self, call: Call, order: UserChange) -> User:
        """Changes an account; what is left out stays. There is always one admin who is not disabled.

        Sessions end when the role changes or the account is disabled; a disabled account's API tokens and SSH keys do
        not work.
        """
        row = await self._found(call, order.id)
        if order.revision is not None and order.revision != row["revision"]:
            detail = f"it has changed since revision {order.revision}"
            raise PreconditionFailed(detail, extra={"revision": row["revision"], "base": order.revision})
        changes: dict[str, Value] = {}
        if order.email is not None:
            changes["email"] = _address(order.email)
        if order.name is not None:
            changes["name"] = order.name.strip() or row["name"]
        if order.disabled is not None:
            changes["disabled"] = int(order.disabled)
        if order.role is not None and order.role != row["role"]:
            await self._check_role(call, order.role)
            changes["role"] = order.role
        if "role" in changes or changes.get("disabled"):
            await self._keep_an_admin(call, row)
            await self._store.tokens.end(call.tx, row["id"])
        await self._change(call, row, **changes)
        made = shown_user(await self._found(call, order.id, check=False))
        call.changed(Change(entity="user", id=made.id, before=asdict(shown_user(row)), after=asdict(made)))
        return made

    @operation("users.delete", needs=USERS_MANAGE, http="DELETE /users/{id}", effect="write", status=204)
    async def delete(self, call: Call, order: ById) -> None:
        """Deletes an account with its sessions, tokens and SSH keys. The last admin stays."""
        row = await self._found(call, order.id)
        await self._keep_an_admin(call, row)
        await self._store.users.delete(call.tx, row["id"])
        call.changed(Change(entity="user", id=row["id"], before=asdict(shown_user(row)), after=None))

    @operation(
        "users.reset_password", needs=USERS_MANAGE, http="POST /users/{id}/reset-password", effect="write",
        prepare=_hash,
    )  # fmt: skip
    async def reset_password(self, call: Call, order: ResetPassword, hashed: Hashed) -> OneTimePassword:
        """Gives an account a random password, answered this once, and ends its sessions."""
        row = await self._found(call, order.id)
        password, digest = hashed
        await self._change(call, row, password=digest, must_change=1)
        await self._store.end_all(call.tx, row["id"], keep=call.actor.credential, keys_too=order.revoke_tokens)
        before = {"password": Secret(row["password"])}
        after = {"password": Secret(digest), "must_change": True, "tokens_revoked": order.revoke_tokens}
        call.changed(Change(entity="user", id=row["id"], before=before, after=after))
        return OneTimePassword(password=ShownOnce(password.reveal()))

    async def _found(self, call: Call, id: str, *, check: bool = True) -> Row:
        row = await self._store.users.get(call.tx, id)
        if row is None:
            raise _missing()
        if check and not self._registry.of(row).within(call.actor):
            raise Forbidden("this account may do more than you may")
        return row

    async def _check_role(self, call: Call, name: str) -> None:
        role = await self._store.roles.get(call.tx, name)
        if role is None:
            raise Reject.field("/role", "not_found", f"there is no role '{name}'")
        if not self._registry.of(role).within(call.actor):
            raise Forbidden(f"the role '{name}' may do more than you may")

    async def _keep_an_admin(self, call: Call, row: Row) -> None:
        if (
            row["role"] == ADMIN
            and not row["disabled"]
            and not await self._store.users.has_other_admin(call.tx, row["id"])
        ):
            raise Conflict("this is the last admin: make another one first", code="last_admin")

    async def _change(self, call: Call, row: Row, **changes: Value) -> None:
        try:
            kept = await self._store.users.change(call.tx, row, rfc3339(call.now), **changes)
        except UniqueViolation:
            raise _taken() from None
        if not kept:
            raise Conflict("the account was changed meanwhile; try again", code="changed_meanwhile")


def _missing() -> NotFound:
    return NotFound("there is no account with this id; `users.list` shows the ids")


def _taken() -> Conflict:
    problem = Problem("/email", "not_unique", "somebody has this address")
    return Conflict("there is an account with this e-mail address", code="not_unique", problems=[problem])


def _address(given: str) -> str:
    email = normalised(given)
    if not email or len(email) > LONGEST:  # folding case may lengthen it
        raise Reject.field("/email", "format", "that is no e-mail address")
    return email
