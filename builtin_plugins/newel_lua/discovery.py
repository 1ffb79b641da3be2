"""Which plugins are there: a folder each, the site's own before those that come with Newel."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from attrs import frozen

from newel_lua.files import INIT

NAME = re.compile(r"[a-z0-9_]{0,31}[a-z0-9]")
RULE = "a plugin's name is up to 32 of a-z, 0-9 and _, and does not end in _"
Origin = Literal["site", "shipped"]


@frozen(kw_only=True)
class Candidate:
    """A folder that means to be a plugin. ``fault``: why it cannot be one."""

    name: str
    folder: Path
    origin: Origin
    fault: str | None = None


def shipped_folder() -> Path:
    """Where the plugins lie that come with Newel: in this package when it is installed, in ``lua_plugins`` of the
    repository when one works on it."""
    here = Path(__file__).parent
    installed = here / "shipped"
    return installed if installed.is_dir() else here.parents[1] / "lua_plugins"


def discover(places: Iterable[tuple[Path, Origin]]) -> dict[str, Candidate]:
    """All plugins of these folders by name, in order; of two with one name that of the folder named first. Blocks."""
    found: dict[str, Candidate] = {}
    for place, origin in places:
        for one in _in(place, origin):
            found.setdefault(one.name, one)
    return dict(sorted(found.items()))


def _in(place: Path, origin: Origin) -> Iterable[Candidate]:
    try:
        with os.scandir(place) as entries:
            listed = list(entries)
    except OSError:  # no such folder: no plugins
        return
    for entry in listed:
        folder = Path(entry.path)
        if entry.name.startswith((".", "__")):
            continue
        if entry.is_symlink():
            if folder.is_dir():
                yield Candidate(name=entry.name, folder=folder, origin=origin,
                                fault="its folder is a symbolic link: copy what it leads to")  # fmt: skip
        elif entry.is_dir() and ((folder / INIT).exists() or (folder / "plugin.toml").exists()):
            fault = None if NAME.fullmatch(entry.name) else RULE
            yield Candidate(name=entry.name, folder=folder, origin=origin, fault=fault)
