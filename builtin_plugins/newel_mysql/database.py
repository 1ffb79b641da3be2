"""The ``Database`` contract on MariaDB and MySQL."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Self

from newel.contracts.database import TableShape
from newel.errors import BootError, Transient
from newel.sql.pool import Pool
from newel.sql.server import ServerDatabase
from newel_mysql import looking
from newel_mysql.address import Address
from newel_mysql.config import MysqlConfig
from newel_mysql.link import MysqlLink
from newel_mysql.opening import Opener

if TYPE_CHECKING:
    from newel.sql.rendering import Renderer

_LOCK_SECONDS = 5.0
"""Waiting for a lock is a statement, which has a limit: it is asked again and again."""
_PAUSE = 0.02  # MySQL rounds what is left of a second down
_NOW = "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR) AS now"
_LOCK = "SELECT GET_LOCK(:name, :seconds) AS got"


class MysqlDatabase(ServerDatabase[MysqlLink]):
    """One database of a server."""

    dialect: Literal["mysql"] = "mysql"

    def __init__(self, opener: Opener, config: MysqlConfig, name: str) -> None:
        pool = Pool(
            opener.link,
            size=config.pool_max,
            wait=config.wait_seconds,
            keep=min(config.pool_min, config.pool_max),
            idle=config.idle_seconds,
        )
        super().__init__(pool, "format", opener.link)
        self._opener = opener
        self.collation = opener.kind.collation
        # Locks are the server's, not the database's. At most 64 characters; a lock's own name has up to 48.
        self._prefix = hashlib.sha256(name.encode()).hexdigest()[:15]

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, address: Address, config: MysqlConfig, driver: Any, log: logging.Logger
    ) -> AsyncIterator[Self]:
        """The open database. ``BootError`` says in words why it cannot be opened."""
        opener = Opener(address, config, driver, await asyncio.to_thread(address.context))
        await opener.explore(log)
        made = cls(opener, config, address.database)
        try:
            try:
                await made.pool.warm()
            except Transient as error:
                raise BootError(f"{address.place} let one connection in, and no more: {error}.") from None
            yield made
        finally:
            await made.close()
            await opener.close()

    @property
    def server(self) -> str:
        return self._opener.server

    def renderer(self) -> Renderer:
        from newel_mysql.rendering import renderer_for

        return renderer_for(self._opener.kind)

    async def now(self) -> datetime:
        row = (await self.fetch_all(_NOW))[0]
        return datetime.fromisoformat(row["now"]).replace(tzinfo=UTC)

    async def acquire(self, link: MysqlLink, name: str, seconds: float | None) -> bool:
        until = None if seconds is None else monotonic() + seconds
        text = self._texts.of(_LOCK)
        while True:
            slice_ = _LOCK_SECONDS if until is None else max(min(until - monotonic(), _LOCK_SECONDS), 0.0)
            row = await link.fetch_one(text, {"name": f"{self._prefix}:{name}", "seconds": slice_})
            if row is not None and row["got"] == 1:
                return True
            if until is not None and monotonic() >= until:
                return False
            await asyncio.sleep(_PAUSE)

    async def tables(self) -> list[TableShape]:
        async with self.transaction(read_only=True) as snapshot:
            return await looking.shapes(snapshot)

    async def recount(self) -> None:
        await looking.recount(self)

    async def size(self, table: str | None = None) -> int:
        return await looking.size_of(self, table)

    async def compact(self) -> None:
        await looking.compact(self)

    async def check(self) -> list[str]:
        return await looking.complaints(self)
