"""A running SQLite database, in the test's folder or for one run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from newel.contracts.database import Database
from newel.testing import make_app
from newel_sqlite.database import SqliteDatabase

FILE = "sqlite:///data/newel.db"


@asynccontextmanager
async def opened(folder: Path, url: str = FILE, **config: Any) -> AsyncIterator[SqliteDatabase]:
    async with make_app(["sqlite"], {"database": {"url": url}, "sqlite": config}, folder=folder) as app:
        database = app.need(Database)
        assert isinstance(database, SqliteDatabase)
        yield database
