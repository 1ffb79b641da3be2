"""A library behind a bare SSH server."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.builtin_plugins.media.site import PLUGINS, Site
from tests.builtin_plugins.ssh.filing import At, door

from newel.testing import actor, make_app
from newel_ssh.files import Factory

EDITOR = actor("editor", "media.read", "media.write", "media.delete")
VIEWER = actor("viewer", "media.read")


class Library(At):
    """With words for what tests look at."""

    @property
    def site(self) -> Site:
        return Site(self.app)


@asynccontextmanager
async def files_at(
    *more: Any, factory: Factory | None = None, config: Mapping[str, Any] | None = None, plugins: Any = PLUGINS
) -> AsyncIterator[Library]:
    """For an editor and a viewer."""
    async with (
        make_app([*plugins, *more], config or {}) as app,
        door(app, factory, Library, editor=EDITOR, viewer=VIEWER) as at,
    ):
        yield at


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def mirror(folder: Path, files: int) -> Path:
    """A folder of small files in ten folders."""
    for number in range(files):
        place = folder / f"part {number % 10}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"note {number:03} æ.txt").write_text(f"the note {number}\n" * (number % 50 + 1))
    return folder
