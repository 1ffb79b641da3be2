"""What is examined, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from os import stat_result
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import Factory, define, frozen

from newel.contracts.site import Finding, State

if TYPE_CHECKING:
    from newel.app import App

KERNEL = "newel"


@define(kw_only=True)
class Case:
    """A site that may be broken in any way. ``app`` is ``None`` where none can be made of it; ``loose`` are files and
    folders that others may get at, as they were seen."""

    folder: Path
    app: App | None = None
    trouble: str = ""
    """Why there is no application."""
    loose: dict[Path, stat_result] = Factory(dict)


@frozen
class OwnCheck:
    """A check of the kernel's own; ``look`` is quick, and answers ``None`` where there is nothing to look at."""

    name: str
    summary: str
    look: Callable[[Case], Finding | None]


@frozen(kw_only=True)
class Result:
    """What became of one check."""

    name: str
    plugin: str
    summary: str
    state: State
    detail: str
    remedy: str = ""
