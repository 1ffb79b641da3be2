"""Views, events and actions as JSON, for a terminal admin that is not where the site is.

A value of a class is an object that says under ``is`` which one, with its fields; those that have their default are
left out. Plain JSON-like data stays as it is, but for an object that has an ``is`` of its own.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import NOTHING, Factory, fields, has

from newel import Fault, Malformed
from newel.contracts import layout, tui, views
from newel.structure import rfc3339

IS = "is"
_BYTES, _MAP = "bytes", "map"
EVENTS: Mapping[str, type[Any]] = {
    one.__name__: one
    for one in (
        tui.Key, tui.Resize, tui.Data, tui.Dialog, tui.Focus, tui.Tick, tui.Chosen, tui.Done, tui.Submitted, tui.Left,
    )
}  # fmt: skip
"""What may be said to a session."""
SHOWN: Mapping[str, type[Any]] = {
    one.__name__: one
    for module in (layout, views, tui)
    for one in vars(module).values()
    if isinstance(one, type) and has(one) and one.__module__ == module.__name__ and one.__name__ not in EVENTS
}
"""What a session may show."""
DEEPEST = 64


def encoded(value: Any) -> Any:
    """JSON-like data, from which ``decoded`` makes an equal value."""
    if has(type(value)):
        made = {IS: type(value).__name__}
        for one in fields(type(value)):
            inner = getattr(value, one.name)
            if not _is_default(inner, one.default):
                made[one.name] = encoded(inner)
        return made
    if isinstance(value, Mapping):
        plain = {str(key): encoded(inner) for key, inner in value.items()}
        return {IS: _MAP, "of": [[key, inner] for key, inner in plain.items()]} if IS in plain else plain
    if isinstance(value, bytes):
        return {IS: _BYTES, "of": base64.b64encode(value).decode()}
    if isinstance(value, list | tuple):
        return [encoded(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return rfc3339(value)
    return value


def _is_default(value: Any, default: Any) -> bool:
    if default is NOTHING:
        return False
    if isinstance(default, Factory):  # type: ignore[arg-type]  # attrs declares a function, and makes a class
        default = default.factory()
    return type(value) is type(default) and bool(value == default)


def decoded(data: Any, classes: Mapping[str, type[Any]], level: int = 0) -> Any:
    """The value again. Raises ``Malformed`` for what is none of these classes, or will not do for them."""
    if level > DEEPEST:
        raise Malformed("too deep")
    if isinstance(data, list):
        return [decoded(one, classes, level + 1) for one in data]
    if not isinstance(data, dict):
        return data
    name = data.get(IS)
    if name is None:
        return {key: decoded(one, classes, level + 1) for key, one in data.items()}
    inner = {key: decoded(one, classes, level + 1) for key, one in data.items() if key != IS}
    if name == _MAP:
        return _map(inner.get("of"))
    if name == _BYTES:
        return _bytes(inner.get("of"))
    kind = classes.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Malformed(f"there is no {str(name)[:40]!r} here")
    return _built(kind, inner)


def _built(kind: type[Any], given: Mapping[str, Any]) -> Any:
    known = {one.name: str(one.type) for one in fields(kind)}
    if unknown := sorted(set(given) - set(known)):
        raise Malformed(f"{kind.__name__} has no {unknown[0][:40]!r}")
    try:
        return kind(**{name: _tupled(value, known[name]) for name, value in given.items()})
    except (TypeError, ValueError, AttributeError, Fault) as error:
        raise Malformed(f"this is no {kind.__name__}: {error}") from None


def _tupled(value: Any, declared: str) -> Any:
    """JSON has lists only; where a class says ``tuple`` it gets one."""
    if declared.startswith("tuple[") and isinstance(value, list):
        return tuple(value)
    if declared.startswith("Mapping[str, tuple[") and isinstance(value, dict):
        return {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
    return value


def _map(pairs: Any) -> dict[str, Any]:
    if not isinstance(pairs, Sequence) or not all(isinstance(one, list) and len(one) == 2 for one in pairs):
        raise Malformed("a map is a list of pairs")
    return {str(key): value for key, value in pairs}


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Malformed("bytes are base64") from None
