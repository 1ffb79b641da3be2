"""A running PostgreSQL database, one for each folder of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
from attrs import define, field
from tests.servers import Server

from newel.contracts.database import Database
from newel.testing import make_app
from newel_postgres.database import PostgresDatabase


@define
class Databases:
    """Makes databases on a server, and drops them after each test."""

    server: Server
    _made: set[str] = field(factory=set)

    async def admin(self, statement: str, database: str = "postgres") -> str:
        raw = await asyncpg.connect(f"{self.server.url}/{database}", ssl=False)
        try:
            return str(await raw.execute(statement))
        finally:
            await raw.close()

    async def url(self, folder: Path) -> str:
        """Of the database that belongs to a folder."""
        name = f"t{sha256(str(folder).encode()).hexdigest()[:16]}"
        if name not in self._made:
            await self.admin(f"CREATE DATABASE {name}")
            self._made.add(name)
        return f"{self.server.url}/{name}"

    def drop(self) -> None:
        async def dropped() -> None:
            for name in self._made:
                await self.admin(f"DROP DATABASE {name} WITH (FORCE)")

        asyncio.run(dropped())
        self._made.clear()

    @asynccontextmanager
    async def opened(self, folder: Path, url: str = "", **config: Any) -> AsyncIterator[PostgresDatabase]:
        given = {"database": {"url": url or await self.url(folder)}, "postgres": config}
        async with make_app(["postgres"], given, folder=folder) as app:
            database = app.need(Database)
            assert isinstance(database, PostgresDatabase)
            yield database
