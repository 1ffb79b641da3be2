"""What goes, since when, until when, and what comes instead. One mechanism for hooks, their arguments, operations,
settings and public names; docs/extend/compatibility.md is the policy.

- a hook: ``@fold(deprecated=Deprecated(...))``; one argument of it: ``@fold(deprecated_arguments={"call": ...})``
- an operation: ``operation("x.y", ..., deprecated=...)``
- a setting: ``Annotated[int, "A sentence.", Deprecated(...)]``
- a name of a module: ``__getattr__ = deprecated_names(__name__, {"Old": ("newel.new:New", Deprecated(...))})``

Whoever uses it is warned with Python's ``NewelDeprecation`` (an error in tests that make errors of warnings), and the
site says once which of its plugins does: in the log, and in ``newel plugins list``.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from attrs import frozen


class NewelDeprecation(DeprecationWarning):
    """Something of Newel's is used that will go."""


@frozen
class Deprecated:
    """``Deprecated("0.2", "content_before_write", "0.4")``: since 0.2, use the other, gone in 0.4."""

    since: str
    instead: str
    removed_in: str

    def told(self, what: str) -> str:
        return f"{what} is deprecated since {self.since} and goes in {self.removed_in}; instead: {self.instead}"


@frozen
class Use:
    """A plugin uses what will go."""

    plugin: str
    what: str
    deprecated: Deprecated

    def __str__(self) -> str:
        return f"plugin '{self.plugin}': {self.deprecated.told(self.what)}"


class Uses:
    """What the plugins of one application use although it will go. ``log`` gets each once, from ``started`` on."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._started = False
        self.all: list[Use] = []

    def note(self, plugin: str, what: str, why: Deprecated) -> None:
        use = Use(plugin, what, why)
        if use not in self.all:
            self.all.append(use)
            if self._started:
                self._log(str(use))

    def started(self) -> None:
        """The site starts, and is not only looked at."""
        if not self._started:
            self._started = True
            for use in self.all:
                self._log(str(use))

    def watching(self, plugin: str) -> AbstractContextManager[None]:
        """Inside the block what is used is that plugin's doing."""
        return listening(lambda what, why: self.note(plugin, what, why))


Listener = Callable[[str, Deprecated], None]
# A context variable has to stand at module level: it is per task, not shared state.
_LISTENER: ContextVar[Listener | None] = ContextVar("newel_deprecation", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside the block ``listener`` is told of what is used: a plugin is being read, made or registered."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def tell(what: str, deprecated: Deprecated) -> None:
    """Says to whoever listens that something is used."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(what, deprecated)


def warn(what: str, deprecated: Deprecated, *, depth: int = 1) -> None:
    """Says it to Python as well; ``depth`` is how many callers away it is used."""
    tell(what, deprecated)
    warnings.warn(NewelDeprecation(deprecated.told(what)), stacklevel=depth + 1)


class DeprecatedNames:
    """A module's ``__getattr__`` for names that moved."""

    def __init__(self, module: str, names: Mapping[str, tuple[str, Deprecated]]) -> None:
        self._module = module
        self.names = names

    def __call__(self, name: str) -> object:
        if name not in self.names:
            raise AttributeError(f"module {self._module!r} has no attribute {name!r}", name=name)
        place, deprecated = self.names[name]
        warn(f"{self._module}.{name}", deprecated, depth=2)
        module, _, attribute = place.partition(":")
        return getattr(importlib.import_module(module), attribute)


def deprecated_names(module: str, names: Mapping[str, tuple[str, Deprecated]]) -> DeprecatedNames:
    """``names``: by old name where the thing is now (``"newel.new:New"``), and what is told."""
    return DeprecatedNames(module, names)
