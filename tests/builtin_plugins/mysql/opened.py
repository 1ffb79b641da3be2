"""A running database on the server of these tests: one for each folder."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncmy
from tests.servers import Server

from newel.contracts.database import Database
from newel.testing import make_app
from newel_mysql.database import MysqlDatabase

_servers: list[Server] = []


def use(server: Server) -> None:
    _servers[:] = [server]


def name_of(folder: Path) -> str:
    return f"t_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


def url(database: str, options: str = "", account: str = "root") -> str:
    return f"mysql://{account}@127.0.0.1:{_servers[0].port}/{database}{options}"


async def admin(*statements: str) -> list[tuple[Any, ...]]:
    """Runs statements as the administrator; the last one's rows."""
    raw = await asyncmy.connect(host="127.0.0.1", port=_servers[0].port, user="root", autocommit=True)
    cursor = raw.cursor()
    try:
        for statement in statements:
            await cursor.execute(statement)
        return list(await cursor.fetchall()) if cursor.description else []
    finally:
        await raw.ensure_closed()


@asynccontextmanager
async def opened(folder: Path, options: str = "", **config: Any) -> AsyncIterator[MysqlDatabase]:
    name = name_of(folder)
    await admin("SET sql_notes = 0", f"CREATE DATABASE IF NOT EXISTS {name}")
    async with make_app(["mysql"], {"database": {"url": url(name, options)}, "mysql": config}, folder=folder) as app:
        database = app.need(Database)
        assert isinstance(database, MysqlDatabase)
        yield database
