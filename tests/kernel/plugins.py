"""Small plugins that the kernel's tests put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from newel import Manifest
from newel.app import App


class Made:
    """Built by ``plugin()``: takes its hook methods and life from the class that the test wrote."""


_CLASSES: dict[str, type[Any]] = {}


def __getattr__(name: str) -> Any:
    try:
        return _CLASSES[name]
    except KeyError:
        raise AttributeError(name) from None


def plugin(name: str, kind: type[Any] | None = None, **details: Any) -> Manifest:
    """The manifest of a plugin whose class is ``kind`` (``__init__(self, app)`` is added where it has none)."""
    kind = kind or type("Nothing", (), {})
    if kind.__init__ is object.__init__:
        kind.__init__ = _init  # type: ignore[misc]  # test classes only
    key = f"{name}_{len(_CLASSES)}"  # two tests may call theirs the same
    _CLASSES[key] = kind
    return Manifest(name=name, summary=f"{name} for a test", load=f"{__name__}:{key}", **details)


def _init(self: Any, app: App) -> None:
    self.app = app


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail
