"""What can be granted, what roles hold, and who may hand it on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from newel import PUBLIC, SIGNED_IN, Actor, Permission
from newel.hooks.http import register_routes
from newel.hooks.lifecycle import register_permissions

if TYPE_CHECKING:
    from newel.app import App

ADMIN = "admin"
REMEMBERED = 1000


@frozen
class Rights:
    """What a role or a token may do."""

    everything: bool
    permissions: frozenset[str]

    def within(self, actor: Actor) -> bool:
        """Whether the actor may do all of it too. Only then may they hand it on, or act on who holds it."""
        return actor.everything or (not self.everything and self.permissions <= actor.permissions)

    def narrowed(self, scopes: str | None) -> Rights:
        """The part that a token's scopes (a JSON list; ``None``: all) leave."""
        if scopes is None:
            return self
        named = frozenset(json.loads(scopes))
        return Rights(False, named if self.everything else named & self.permissions)


@frozen
class Known:
    """A permission and the plugin that brought it."""

    permission: Permission
    plugin: str


class Registry:
    """Every permission of the site, and what each role makes of them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._rights: dict[tuple[str, str, str], Rights] = {}
        self._known: Mapping[str, Known] | None = None
        app.follow(self._forget, register_permissions, register_routes)

    def _forget(self) -> None:
        self._known = None
        self._rights.clear()

    @property
    def known(self) -> Mapping[str, Known]:
        """All permissions by name: those that operations and routes need, and those that plugins register."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def _read(self) -> Mapping[str, Known]:
        named = [(one.owner, one.needs) for one in self._app.operations]
        named += [(owner, route.needs) for owner, route in self._app.collected(register_routes)]
        named += self._app.collected(register_permissions)
        found: dict[str, Known] = {}
        for plugin, permission in named:
            if permission not in (PUBLIC, SIGNED_IN):
                found.setdefault(permission.name, Known(permission, plugin))
        return {name: found[name] for name in sorted(found)}

    def defaults(self, role: str) -> frozenset[str]:
        """The permissions that name the role themselves."""
        return frozenset(name for name, one in self.known.items() if role in one.permission.roles)

    def of(self, row: Mapping[str, Any]) -> Rights:
        """What a role may do. ``row`` has its ``role`` (the name), ``builtin``, ``added`` and ``removed``."""
        key = (row["role"], row["added"], row["removed"])
        if key not in self._rights:
            if len(self._rights) >= REMEMBERED:
                self._rights.clear()
            start = self.defaults(row["role"]) if row["builtin"] else frozenset[str]()
            held = start.union(json.loads(row["added"])).difference(json.loads(row["removed"]))
            self._rights[key] = Rights(row["role"] == ADMIN, held)
        return self._rights[key]

    def differences(self, role: str, builtin: bool, wanted: Iterable[str]) -> dict[str, str]:
        """What a role's row has to hold so that the role has the wanted permissions."""
        start, held = self.defaults(role) if builtin else frozenset[str](), frozenset(wanted)
        return {"added": json.dumps(sorted(held - start)), "removed": json.dumps(sorted(start - held))}
