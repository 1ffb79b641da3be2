"""Values on their way into a machine and out of it. Nothing but plain data crosses, and it is measured first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from newel_lua.wire import DEEPEST

_NODES = 200_000
_EXACT = 1 << 53
"""Beyond it a number of Lua, which is a double, would be another one."""

TypeOf = Callable[[Any], str | None]


class Unfit(Exception):
    """A value that cannot cross, and why."""


class Outward:
    """Lua values to plain ones. One use each: it counts."""

    def __init__(
        self,
        type_of: TypeOf,
        is_array: Callable[[Any], Any],
        *,
        empty: type[list[Any]] | type[dict[str, Any]],
        most: int,
    ) -> None:
        """``most``: bytes of text."""
        self._type_of = type_of
        self._is_array = is_array
        self._empty = empty
        self._nodes = 0
        self._bytes = 0
        self._most = most

    def value(self, value: Any, depth: int = 0) -> Any:
        """Raises ``Unfit``."""
        self._nodes += 1
        if self._nodes > _NODES:
            raise Unfit(f"more than {_NODES} values")
        if value is None or isinstance(value, bool | int):
            return value if not isinstance(value, int) or abs(value) < 1 << 63 else float(value)
        if isinstance(value, float):
            return value
        if isinstance(value, bytes):
            return self._text(value)
        if self._type_of(value) != "table":
            raise Unfit(f"a {self._type_of(value) or type(value).__name__} cannot leave the plugin")
        if depth >= DEEPEST:
            raise Unfit(f"tables deeper than {DEEPEST}, or one that contains itself")
        return self._table(value, depth + 1)

    def _text(self, value: bytes) -> str | bytes:
        self._bytes += len(value)
        if self._bytes > self._most:
            raise Unfit(f"more than {self._most} bytes")
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value

    def _table(self, table: Any, depth: int) -> Any:
        found: dict[Any, Any] = {}
        for key, value in table.items():
            # Inside of tables functions are left out, as JSON encoders do: objects have methods.
            if self._type_of(value) in ("function", "thread", "userdata"):
                continue
            found[key] = self.value(value, depth)
        if not found:
            return [] if self._empty is list or self._is_array(table) else {}
        size = len(found)
        if all(type(key) is int and 1 <= key <= size for key in found):
            return [found[at] for at in range(1, size + 1)]
        return {self._key(key): value for key, value in found.items()}

    def _key(self, key: Any) -> str:
        if isinstance(key, bytes):
            text = self._text(key)
            if isinstance(text, bytes):
                raise Unfit("a key that is no UTF-8")
            return text
        if isinstance(key, int | float) and not isinstance(key, bool):
            return f"{key:.14g}"
        raise Unfit("a key that is neither text nor number")


def inward(value: Any, make: Callable[[Any], Any], empty_array: Callable[[], Any]) -> Any:
    """A plain value as Lua takes it. ``None`` inside a list is a gap, inside a dict it is left out."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= _EXACT else float(value)
    if value is None or isinstance(value, bool | float | bytes):
        return value
    if isinstance(value, list | tuple):
        if not value:
            return empty_array()
        items = {at: inward(one, make, empty_array) for at, one in enumerate(value, 1) if one is not None}
        return make(items)
    return make({
        (key.encode("utf-8", "surrogateescape") if isinstance(key, str) else key): inward(one, make, empty_array)
        for key, one in value.items()
        if one is not None
    })  # fmt: skip


def weight(value: Any) -> int:
    """About how many bytes it will take inside."""
    total, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        total += 64
        if isinstance(one, str | bytes):
            total += len(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
    return total
