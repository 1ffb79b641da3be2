"""How a failing plugin is told of: three lines with its stage, the cause and the remedy."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from newel.errors import NewelError

BROKEN = (Exception, SystemExit)
"""What counts as a plugin's failure: a module that calls ``sys.exit()`` must not end the site."""
PART = "part"
_NOT_THEIRS = ("<frozen ", str(Path(__file__).parent), str(Path(importlib.__file__).parent))


@frozen
class Failure:
    """A plugin that does not run, and why. ``stage`` is ``manifest``, ``select``, ``config``, ``import``, ``collect``,
    ``migrate``, ``start``, ``run`` or ``hook``; ``part``: the plugin runs, and something that it runs does not."""

    plugin: str
    stage: str
    cause: str
    remedy: str

    def is_of(self, plugin: str, part: str) -> bool:
        """Whether it is of that part of the plugin."""
        return (self.plugin, self.stage) == (plugin, PART) and self.cause.startswith(f"{part}: ")

    def lines(self) -> tuple[str, str, str]:
        return (f"plugin '{self.plugin}' failed at {self.stage}", f"cause: {self.cause}", f"remedy: {self.remedy}")

    def __str__(self) -> str:
        return "\n  ".join(self.lines())


def told(error: BaseException) -> str:
    """An exception in one line: its root cause and the place in the plugin it came from."""
    root = error
    while root.__cause__ is not None and not isinstance(root, TimeoutError):  # whose cause is how it was made
        root = root.__cause__
    while isinstance(root, BaseExceptionGroup):  # of a task group
        root = root.exceptions[0]
    frames = [one for one in traceback.extract_tb(root.__traceback__) if not one.filename.startswith(_NOT_THEIRS)]
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    text = str(root).partition("\n")[0] or ("it took too long" if isinstance(root, TimeoutError) else "")
    if text and isinstance(root, NewelError):  # a sentence for people already
        return text
    return f"{type(root).__name__}: {text}{place}" if text else f"{type(root).__name__}{place}"


def remedy(plugin: str, origin: str) -> str:
    """What an operator can do about a plugin of that origin."""
    if origin.startswith("package "):
        return f"update or repair {origin}, or run: newel plugins disable {plugin}"
    return f"repair it ({origin}), or run: newel plugins disable {plugin}"


def report(failures: Iterable[Failure]) -> str:
    return "\n".join(str(failure) for failure in failures)
