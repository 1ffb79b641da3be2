"""The watch over the event loop: no blocking call (file, socket, sleep, lock) in it while somebody is served."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from blockbuster import BlockBuster

MAY_BLOCK = {
    # Nobody is served yet, or any more, while a site boots, starts and stops.
    "newel/app.py": {"build"},
    "newel/lifecycle.py": {"begin"},
    "newel/life.py": {"_live"},
    # The name of functions, in any plugin, that bound their own time to a few milliseconds.
    ".py": {"run_briefly"},
}
"""Where blocking calls are fine: functions by the end of their file's path."""
_EXCLUDED = "newel.testing"


@cache
def watch(packages: tuple[str, ...]) -> BlockBuster:
    """The watch over calls that pass through these packages; not active yet."""
    made = BlockBuster(list(packages), excluded_modules=[_EXCLUDED])
    harmless = _Harmless(tuple(map(_place, packages)), _place(_EXCLUDED))
    for function in made.functions.values():
        function.can_block_predicate = _either(function.can_block_predicate, harmless)
    return made


def _place(package: str) -> str:
    module = importlib.import_module(package)
    return str(module.__path__[0]) if hasattr(module, "__path__") else str(module.__file__)


def _either(theirs: Callable[..., bool], harmless: Callable[[], bool]) -> Callable[..., bool]:
    return lambda *args, **kwargs: theirs(*args, **kwargs) or harmless()


class _Harmless:
    """Whether a call is none to look at, by the stack: what else there is to say about it blockbuster says.

    Every query of SQLite asks. Blockbuster compares each frame with each package each time, which made up 14 % of
    tests that store; here a file is judged once.
    """

    def __init__(self, watched: tuple[str, ...], excluded: str) -> None:
        self.watched = watched
        self.excluded = excluded
        self.files: dict[str, tuple[bool, frozenset[str]]] = {}

    def __call__(self) -> bool:
        files = self.files
        seen = False
        frame: Any = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            name = code.co_filename
            known = files.get(name)
            if known is None:
                known = files[name] = self._judged(name)
            if code.co_name in known[1]:
                return True
            seen = seen or known[0]
            frame = frame.f_back
        return not seen

    def _judged(self, name: str) -> tuple[bool, frozenset[str]]:
        """Whether a file is watched, and its functions that may block."""
        path = Path(name).as_posix()
        free = {function for end, functions in MAY_BLOCK.items() if path.endswith(end) for function in functions}
        return name.startswith(self.watched) and not name.startswith(self.excluded), frozenset(free)
