"""Roles, and the permissions they are made of."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import asdict

from newel import SIGNED_IN, Call, Conflict, Forbidden, NotFound, PreconditionFailed, Problem, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import ForeignKeyViolation, Queries, Row, UniqueViolation, Value
from newel_accounts.model import (
    ByName,
    KnownPermission,
    NewRole,
    PermissionList,
    Role,
    RoleChange,
    RoleList,
)
from newel_accounts.permissions import ROLES_MANAGE, ROLES_READ
from newel_accounts.rights import ADMIN, Registry, Rights
from newel_accounts.rows import shown_role
from newel_accounts.service.undoing import role_again, role_back, role_gone
from newel_accounts.store import Store


class Permissions:
    """The operation ``permissions.list``."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    @operation("permissions.list", needs=SIGNED_IN, http="GET /permissions")
    async def list(self, call: Call) -> PermissionList:
        """Lists every right that can be granted."""
        known = self._registry.known.items()
        return PermissionList(
            data=tuple(
                KnownPermission(
                    name=name, summary=one.permission.summary, plugin=one.plugin, roles=one.permission.roles
                )
                for name, one in known
            )
        )


class Roles:
    """The operations ``roles.*``. Nobody makes a role that may do more than they, nor touches one that may."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    @operation("roles.list", needs=ROLES_READ, http="GET /roles")
    async def list(self, call: Call) -> RoleList:
        """Lists all roles."""
        return RoleList(data=tuple(self._shown(row) for row in await self._store.roles.all()))

    @operation("roles.get", needs=ROLES_READ, http="GET /roles/{name}")
    async def get(self, call: Call, order: ByName) -> Role:
        """Shows one role."""
        return self._shown(await self._found(self._store.db, order.name))

    @operation("roles.create", needs=ROLES_MANAGE, http="POST /roles", effect="write", status=201, undo=role_gone)
    async def create(self, call: Call, order: NewRole) -> Role:
        """Creates a role. Its maker must have every permission in it."""
        self._check(call, order.permissions)
        row: dict[str, Value] = {
            "name": order.name, "summary": order.summary, "builtin": 0, "revision": 1,
            **self._registry.differences(order.name, False, order.permissions),
        }  # fmt: skip
        try:
            await self._store.roles.add(call.tx, row)
        except UniqueViolation:
            problem = Problem("/name", "not_unique", "there is such a role already")
            raise Conflict("there is such a role already", code="not_unique", problems=[problem]) from None
        made = self._shown({**row, "role": order.name})
        call.changed(Change(entity="role", id=made.name, before=None, after=asdict(made)))
        return made

    @operation(
        "roles.update", needs=ROLES_MANAGE, http="PATCH /roles/{name}", effect="write", revision="revision",
        undo=role_back,
    )  # fmt: skip
    async def update(self, call: Call, order: RoleChange) -> Role:
        """Changes a role, for everybody who has it, from their next request on. ``admin`` always may do everything."""
        row = await self._touchable(call, order.name)
        if order.revision is not None and order.revision != row["revision"]:
            detail = f"it has changed since revision {order.revision}"
            raise PreconditionFailed(detail, extra={"revision": row["revision"], "base": order.revision})
        changes: dict[str, Value] = {}
        if order.summary is not None:
            changes["summary"] = order.summary
        if order.permissions is not None:
            if order.name == ADMIN:
                raise Conflict("the admin always may do everything", code="builtin")
            self._check(call, order.permissions, self._registry.of(row))
            changes |= self._registry.differences(order.name, bool(row["builtin"]), order.permissions)
        if not await self._store.roles.change(call.tx, row, changes):
            raise Conflict("the role was changed meanwhile; try again", code="changed_meanwhile")
        made = self._shown(await self._found(call.tx, order.name))
        call.changed(Change(entity="role", id=made.name, before=asdict(self._shown(row)), after=asdict(made)))
        return made

    @operation(
        "roles.delete", needs=ROLES_MANAGE, http="DELETE /roles/{name}", effect="write", status=204, undo=role_again
    )
    async def delete(self, call: Call, order: ByName) -> None:
        """Deletes a role that nobody has. The built-in ones stay."""
        row = await self._touchable(call, order.name)
        if row["builtin"]:
            raise Conflict(f"the role '{order.name}' is always there", code="builtin")
        try:
            await self._store.roles.delete(call.tx, order.name)
        except ForeignKeyViolation:
            raise Conflict("somebody has this role: give them another one first", code="in_use") from None
        call.changed(Change(entity="role", id=order.name, before=asdict(self._shown(row)), after=None))

    def _shown(self, row: Row) -> Role:
        return shown_role(row, self._registry.of(row))

    async def _found(self, db: Queries, name: str) -> Row:
        row = await self._store.roles.get(db, name)
        if row is None:
            raise NotFound("there is no such role")
        return row

    async def _touchable(self, call: Call, name: str) -> Row:
        row = await self._found(call.tx, name)
        if not self._registry.of(row).within(call.actor):
            raise Forbidden("this role may do more than you may")
        return row

    def _check(self, call: Call, wanted: Iterable[str], present: Rights | None = None) -> None:
        """Names must be known (or in the role already: their plugin may be off), and the caller must have them."""
        held = present.permissions if present is not None else frozenset[str]()
        problems = [
            Problem(f"/permissions/{index}", "not_found", f"there is no permission '{name[:100]}'")
            for index, name in enumerate(wanted)
            if name not in self._registry.known and name not in held
        ]
        if problems:
            raise Reject("some permissions do not exist", problems=problems)
        if not Rights(False, frozenset(wanted)).within(call.actor):
            missing = sorted(set(wanted) - call.actor.permissions)
            raise Forbidden("you can only grant what you have", extra={"permissions": missing})
