"""A place for a restored site beside the present one, on SQLite and a folder."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from newel.sibling import sibling

if TYPE_CHECKING:
    from newel.app import App

PREFIX = "backup-trial-"
STALE = 86_400.0
"""Seconds after which a folder is of a trial that was killed."""


@asynccontextmanager
async def scratch(app: App) -> AsyncIterator[Path]:
    """A folder of its own, which goes at the end. Those of trials that were killed go as well."""
    data = app.folder / "data"
    folder = data / f"{PREFIX}{app.ids.new().lower()}"
    now = app.clock.now().timestamp()

    def made() -> None:
        for left in data.glob(f"{PREFIX}*"):
            with suppress(FileNotFoundError):  # another trial has just ended
                if now - left.stat().st_mtime > STALE:
                    shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)

    await asyncio.to_thread(made)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def beside(app: App, folder: Path) -> App:
    """The site as it is in that folder, booted as far as *checked*. No door of it is ever opened."""
    return sibling(app, {"database.url": f"sqlite:///{folder}/newel.db", "blobs.url": f"file:{folder}/blobs"})
