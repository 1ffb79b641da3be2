"""The markers of hooks. A hook's kind is part of its declaration and decides how it is called (``calling.py``).

A hook is a plain function whose docstring is its manual. ``fold``, ``first``, ``notify`` and ``around`` hooks take
``(subject, call, app)``; ``collect`` hooks take ``app`` or nothing. An implementation names the arguments it wants.

The subject of a ``notify`` hook is a frozen attrs class or ``str``, named by its annotation and importable at run time:
it is written down with the act and told later, perhaps by another process. Secrets in it are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar, overload

import pluggy

from newel.deprecation import Deprecated, NewelDeprecation

PROJECT = "newel"
Kind = Literal["collect", "first", "fold", "notify", "around"]
F = TypeVar("F", bound=Callable[..., Any])

hookimpl = pluggy.HookimplMarker(PROJECT)
_hookspec = pluggy.HookspecMarker(PROJECT)


class Marker:
    """``@fold``, or ``@fold(deprecated=Deprecated("0.2", "content_before_write", "0.4"))``."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @overload
    def __call__(self, function: F) -> F: ...

    @overload
    def __call__(
        self, *, deprecated: Deprecated | None = None, deprecated_arguments: Mapping[str, Deprecated] | None = None
    ) -> Callable[[F], F]: ...

    def __call__(
        self,
        function: Any = None,
        *,
        deprecated: Deprecated | None = None,
        deprecated_arguments: Mapping[str, Deprecated] | None = None,
    ) -> Any:
        if function is None:
            return lambda function: self._marked(function, deprecated, dict(deprecated_arguments or {}))
        return self._marked(function, None, {})

    def _marked(self, function: F, whole: Deprecated | None, arguments: dict[str, Deprecated]) -> F:
        # Kind and mark travel on the function, as pluggy's mark does.
        function.newel_kind = self._kind  # type: ignore[attr-defined]  # as above
        function.newel_deprecated = whole  # type: ignore[attr-defined]  # as above
        function.newel_deprecated_arguments = arguments  # type: ignore[attr-defined]  # as above
        name = function.__name__
        told = {one: why.told(f"the argument '{one}' of {name}") for one, why in arguments.items()}
        return _hookspec(
            function,
            warn_on_impl=None if whole is None else NewelDeprecation(whole.told(f"the hook {name}")),
            warn_on_impl_args={one: NewelDeprecation(text) for one, text in told.items()} or None,
        )


collect = Marker("collect")
first = Marker("first")
fold = Marker("fold")
notify = Marker("notify")
around = Marker("around")


def within(seconds: float) -> Callable[[F], F]:
    """Gives an implementation that stands for several voices another deadline: up to that of a whole chain."""

    def mark(function: F) -> F:
        function.newel_seconds = seconds  # type: ignore[attr-defined]  # travels on the function, as the kind does
        return function

    return mark


def kind_of(function: Any) -> Kind | None:
    """The kind of a hook declaration, ``None`` when it is none."""
    return getattr(function, "newel_kind", None)


def deprecations_of(declared: Any, implemented: Any) -> Iterator[tuple[str, Deprecated]]:
    """What an implementation uses that will go: the hook, or arguments that it names."""
    name = declared.__name__
    if (whole := getattr(declared, "newel_deprecated", None)) is not None:
        yield f"the hook {name}", whole
    code = getattr(implemented, "__wrapped__", implemented).__code__
    for argument, why in getattr(declared, "newel_deprecated_arguments", {}).items():
        if argument in code.co_varnames[: code.co_argcount]:
            yield f"the argument '{argument}' of {name}", why
