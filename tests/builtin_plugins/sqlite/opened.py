"""A running SQLite database, in the test's folder or for one run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from newel.contracts.database import Database
from newel.testing import make_app
from newel_sqlite.config import SqliteConfig
from newel_sqlite.database import SqliteDatabase
from newel_sqlite.place import place_of

FILE = "sqlite:///data/newel.db"


@asynccontextmanager
async def opened(folder: Path, url: str = FILE, **config: Any) -> AsyncIterator[SqliteDatabase]:
    async with make_app(["sqlite"], {"database": {"url": url}, "sqlite": config}, folder=folder) as app:
        database = app.need(Database)
        assert isinstance(database, SqliteDatabase)
        yield database


class Steps:
    """A watch that runs with SQLite's work: a millisecond further at each look, and one look in 1000 instructions.

    With it no test depends on how fast the machine is, or on who else is using it.
    """

    def __init__(self) -> None:
        self._looks = 0

    def __call__(self) -> float:
        self._looks += 1
        return self._looks / 1000


@asynccontextmanager
async def stepping(folder: Path, **config: Any) -> AsyncIterator[SqliteDatabase]:
    """The same database, without an application round it, that takes its time from ``Steps``."""
    async with SqliteDatabase.opened(place_of(FILE, folder), SqliteConfig(**config), watch=Steps()) as database:
        yield database
