"""The ``Database`` contract on PostgreSQL: what differs from other servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, Self

from newel.contracts.database import SnapshotReader, TableShape
from newel.errors import BootError, Transient
from newel.sql.hub import check_signal
from newel.sql.listening import Listener
from newel.sql.parameters import Prepared
from newel.sql.pool import Pool
from newel.sql.server import ServerDatabase
from newel_postgres.address import Address
from newel_postgres.checking import complaints
from newel_postgres.config import PostgresConfig
from newel_postgres.connecting import Connector
from newel_postgres.ear import PostgresEar
from newel_postgres.link import PostgresLink
from newel_postgres.looking import recount, shapes, size_of
from newel_postgres.opening import Facts, examined

if TYPE_CHECKING:
    from newel.sql.rendering import Renderer

_TRY = Prepared("SELECT pg_try_advisory_lock($1)::int AS given", ("key",), reads=False)
_WAIT = Prepared("SELECT pg_advisory_lock($1)", ("key",), reads=False)
_NOW = "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US') AS now"  # connections are in UTC


class PostgresDatabase(ServerDatabase[PostgresLink]):
    """One database of a PostgreSQL server."""

    dialect: Literal["postgresql"] = "postgresql"
    collation = "C"
    reaches_all = True

    def __init__(self, connector: Connector, config: PostgresConfig, facts: Facts) -> None:
        pool = Pool(
            connector.link,
            size=config.pool_max,
            wait=config.wait_seconds,
            keep=min(config.pool_min, config.pool_max),
            idle=config.idle_seconds,
        )
        super().__init__(pool, "numeric_dollar", connector.link)
        self._facts = facts
        self._listener = Listener(partial(PostgresEar.open, connector), self.hub)

    @classmethod
    @asynccontextmanager
    async def opened(cls, address: Address, config: PostgresConfig) -> AsyncIterator[Self]:
        """The open database. ``BootError`` says in words why it cannot be opened."""
        connector = Connector(address, config, await asyncio.to_thread(address.tls.context))
        facts = await examined(connector)
        connector.durable = facts.commits == "off"
        made = cls(connector, config, facts)
        try:
            try:
                await made.pool.warm()
            except Transient as error:
                raise BootError(f"{address} let one connection in, and no more: {error}") from None
            yield made
        finally:
            await made.close()

    @property
    def server(self) -> str:
        return self._facts.server

    @asynccontextmanager
    async def snapshot(self, readers: int = 1) -> AsyncIterator[Sequence[SnapshotReader]]:
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(self.reading())]
            # Half of the pool at most: the site goes on meanwhile.
            if (count := min(readers, self.pool.size // 2)) > 1:
                row = await opened[0].fetch_one("SELECT pg_export_snapshot() AS name")
                name = str(row and row["name"])
                opened += [
                    await stack.enter_async_context(self.reading(partial(_adopt, name))) for _ in range(count - 1)
                ]
            yield opened

    def renderer(self) -> Renderer:
        from sqlalchemy.dialects.postgresql.base import PGDialect

        from newel.sql.rendering import Renderer

        return Renderer(PGDialect, escapes=True, nulls_high=True)

    async def now(self) -> datetime:
        row = await self.fetch_one(_NOW)
        return datetime.fromisoformat(str(row and row["now"])).replace(tzinfo=UTC)

    async def acquire(self, link: PostgresLink, name: str, seconds: float | None) -> bool:
        key = {"key": int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)}
        if seconds is not None and seconds < 0.001:
            given = await link.fetch_one(_TRY, key)
            return bool(given and given["given"])
        link.limit = 0.0
        await link.command(f"SET statement_timeout = 0; SET lock_timeout = {round((seconds or 0) * 1000)}")
        try:
            await link.fetch(_WAIT, key)
        except Transient as error:
            if error.reason != "database_busy":
                raise
            return False
        return True

    async def notify(self, channel: str, payload: str = "") -> None:
        check_signal(channel, payload)
        await self.fetch_one("SELECT pg_notify(:channel, :payload)", {"channel": channel, "payload": payload})

    def listen(self, *channels: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, str]]]:
        return self._listener.listen(*channels)

    async def tables(self) -> list[TableShape]:
        async with self.transaction(read_only=True) as snapshot:
            return await shapes(snapshot)

    async def recount(self) -> None:
        await recount(self)

    async def compact(self) -> None:
        # Without FULL: that would stop readers, and the room is used again anyway.
        await self.execute("VACUUM (ANALYZE)")

    async def size(self, table: str | None = None) -> int:
        if table is not None:
            return await size_of(self, table)
        row = await self.fetch_one("SELECT pg_database_size(current_database()) AS bytes")
        return int(row["bytes"]) if row is not None else 0

    async def check(self) -> list[str]:
        return await complaints(self)

    async def close(self) -> None:
        await self._listener.close()
        await super().close()


def _adopt(name: str, link: PostgresLink) -> None:
    link.adopts = name
