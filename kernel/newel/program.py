"""How a process of this program is started: by Python where it is installed, by itself where it is one executable."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def module(name: str) -> list[str]:
    """The command line that runs a module as a program of its own, as ``python -m`` does: with what is installed and
    nothing of the present folder or the user's own. Arguments follow it."""
    if frozen():
        return [sys.executable, "-m", name]
    return [sys.executable, "-P", "-s", "-m", name]


def paths() -> Mapping[str, str]:
    """What a process with an environment of its own has to be told to find the same packages."""
    if frozen():
        return {}
    return {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}


def frozen() -> bool:
    """Whether this is the executable, which has its packages in itself."""
    return bool(getattr(sys, "frozen", False))
