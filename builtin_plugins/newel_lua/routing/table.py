"""Which route of a plugin answers a path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from newel import PUBLIC, SIGNED_IN, Permission
from newel.contracts.http import Method

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "DELETE", "PATCH")
PATH = re.compile(r"/(?:(?:[A-Za-z0-9_.-]+|\{[A-Za-z_][A-Za-z0-9_]*\})(?:/|\Z))*")
PERMISSION = re.compile(r"[a-z0-9_]+(?:[.:-][a-z0-9_]+)*")
LONGEST = 256


@frozen(kw_only=True)
class LuaRoute:
    """A route as its plugin registered it. ``id`` names the function in the machine."""

    id: int
    method: str
    path: str
    public: bool = False
    permission: str = ""
    """The name of the permission that a caller needs; empty: whoever is signed in."""
    parts: tuple[str, ...] = field(init=False)

    @parts.default
    def _parts(self) -> tuple[str, ...]:
        return segments(self.path)

    @classmethod
    def of(cls, id: int, details: Mapping[str, Any]) -> LuaRoute:
        """Of a registration. Raises ``ValueError``: the machine that it comes from is not trusted."""
        method, path, permission = details.get("method"), details.get("path"), details.get("permission", "")
        if method not in METHODS:
            raise ValueError(f"a route has the method {method!r}: {', '.join(METHODS)}")
        if not isinstance(path, str) or len(path) > LONGEST or ".." in path or not PATH.fullmatch(path):
            raise ValueError(f"a route has the path {path!r}, which is none")
        if permission and (not isinstance(permission, str) or not PERMISSION.fullmatch(permission)):
            raise ValueError(f"the route {method} {path} names a permission that is none")
        return cls(
            id=id, method=method, path=path, public=details.get("public") is True and not permission,
            permission=permission or "",
        )  # fmt: skip

    @property
    def needs(self) -> Permission:
        if self.public:
            return PUBLIC
        return Permission(self.permission, f"Named by {self.path}.") if self.permission else SIGNED_IN

    def matches(self, asked: tuple[str, ...]) -> dict[str, str] | None:
        """The parts of a path with as many segments; ``None`` where it is another one."""
        found = {}
        for part, segment in zip(self.parts, asked, strict=True):
            if part.startswith("{"):
                found[part[1:-1]] = segment
            elif part != segment:
                return None
        return found


Found = Mapping[str, tuple[LuaRoute, dict[str, str]]]
"""By method: the route, and the parts of the path."""


class Table:
    """The approved routes of one plugin. A fixed segment is tried before a ``{part}``, from the left."""

    def __init__(self, routes: Iterable[LuaRoute]) -> None:
        self._by_length: dict[int, list[LuaRoute]] = {}
        for one in sorted(routes, key=lambda one: [part.startswith("{") for part in one.parts]):
            self._by_length.setdefault(len(one.parts), []).append(one)

    def find(self, path: str) -> Found:
        """What answers a path below the plugin's, which is decoded and may end in a slash."""
        asked = segments(path)
        found: dict[str, tuple[LuaRoute, dict[str, str]]] = {}
        for one in self._by_length.get(len(asked), ()):
            if one.method not in found and (parts := one.matches(asked)) is not None:
                found[one.method] = one, parts
        return found


def segments(path: str) -> tuple[str, ...]:
    """Those of a path; a slash at its beginning or end does not count."""
    inner = path.removeprefix("/").removesuffix("/")
    return tuple(inner.split("/")) if inner else ()
