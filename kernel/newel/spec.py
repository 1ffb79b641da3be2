"""The markers of hooks. A hook's kind is part of its declaration and decides how it is called (``calling.py``).

A hook is a plain function whose docstring is its manual. ``fold``, ``first``, ``notify`` and ``around`` hooks take
``(subject, call, app)``; ``collect`` hooks take ``app`` or nothing. An implementation names the arguments it wants.

The subject of a ``notify`` hook is a frozen attrs class or ``str``, named by its annotation and importable at run time:
it is written down with the act and told later, perhaps by another process. Secrets in it are masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import pluggy

PROJECT = "newel"
Kind = Literal["collect", "first", "fold", "notify", "around"]
F = TypeVar("F", bound=Callable[..., Any])

hookimpl = pluggy.HookimplMarker(PROJECT)
_hookspec = pluggy.HookspecMarker(PROJECT)


def _marker(kind: Kind) -> Callable[[F], F]:
    def mark(function: F) -> F:
        function.newel_kind = kind  # type: ignore[attr-defined]  # the kind travels on the function, as pluggy's mark does
        return _hookspec(function)

    return mark


collect: Callable[[F], F] = _marker("collect")
first: Callable[[F], F] = _marker("first")
fold: Callable[[F], F] = _marker("fold")
notify: Callable[[F], F] = _marker("notify")
around: Callable[[F], F] = _marker("around")


def within(seconds: float) -> Callable[[F], F]:
    """Gives an implementation that stands for several voices another deadline: up to that of a whole chain."""

    def mark(function: F) -> F:
        function.newel_seconds = seconds  # type: ignore[attr-defined]  # travels on the function, as the kind does
        return function

    return mark


def kind_of(function: Any) -> Kind | None:
    """The kind of a hook declaration, ``None`` when it is none."""
    return getattr(function, "newel_kind", None)
