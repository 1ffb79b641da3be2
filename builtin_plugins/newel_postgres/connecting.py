"""Opens connections the way all of ours are."""

from __future__ import annotations

import ssl
from typing import Any

import asyncpg

from newel.contracts.database import Away
from newel.errors import Transient
from newel.sql.held import Held
from newel.sql.parameters import Prepared
from newel_postgres.address import Address
from newel_postgres.config import PostgresConfig
from newel_postgres.faults import translated
from newel_postgres.link import CLOSE_SECONDS, PostgresLink

IDLE_IN_TRANSACTION = 600_000  # milliseconds; a process that hangs would hold its rows for ever
GRACE = 15.0  # seconds after statement_timeout in which the server may say so; then the network is dead
KEEPALIVE = 60  # seconds; a host that vanished would hold its locks for hours
_TEXTS = ("date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "inet", "cidr")


class Connector:
    """Where connections come from: for the pool, for locks and for signals."""

    def __init__(self, address: Address, config: PostgresConfig, context: ssl.SSLContext | None) -> None:
        self.address = address
        self._config = config
        self._context = context
        self.durable = False
        """Whether commits must be told to wait for the disk, since the server would not by itself."""

    async def connect(self) -> asyncpg.Connection:
        """A connection. Raises what asyncpg raises."""
        try:
            return await self._connect(self._context)
        except ConnectionError as error:
            if self._context is None or self.address.tls.mode != "prefer" or "rejected SSL" not in str(error):
                raise
        self._context = None  # this server has no TLS, and the URL does not ask for it
        return await self._connect(None)

    async def _connect(self, context: ssl.SSLContext | None) -> asyncpg.Connection:
        address = self.address
        raw = await asyncpg.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            # Empty rather than absent: asyncpg would look for a file with passwords.
            password=address.password.reveal(),
            database=address.database,
            ssl=context or False,
            timeout=self._config.connect_seconds,
            statement_cache_size=self._config.statement_cache,
            max_cached_statement_lifetime=0,
            server_settings=self._settings(),
        )
        try:
            await _plain_types(raw)
        except BaseException:
            raw.terminate()
            raise
        return raw

    def _settings(self) -> dict[str, str]:
        settings = {
            "application_name": self.address.application_name,
            "statement_timeout": str(round(self._config.statement_seconds * 1000)),
            "lock_timeout": str(round(self._config.lock_seconds * 1000)),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION),
            "tcp_keepalives_idle": str(KEEPALIVE),
            "TimeZone": "UTC",
            "standard_conforming_strings": "on",
            "jit": "off",  # compiles for longer than short statements run
            # A plan for any values takes a common value for a rare one, and sorts half a table for a page.
            "plan_cache_mode": "force_custom_plan",
        }
        return settings | ({"synchronous_commit": "on"} if self.durable else {})

    async def raw(self) -> asyncpg.Connection:
        """A connection. Raises ``Away``, or another ``Transient`` where the server has no room."""
        try:
            return await self.connect()
        except Exception as error:
            told = translated(error, Prepared("", (), reads=True))
            if isinstance(told, Transient):
                raise told from error
            raise Away("the database lets nobody in") from error

    async def link(self) -> PostgresLink:
        """A connection as the kit wants it. Raises as ``raw`` does."""
        limit = self._config.statement_seconds
        return PostgresLink(await Held.open("postgresql", self.raw, closed), limit and limit + GRACE)


async def closed(raw: asyncpg.Connection) -> None:
    """Says goodbye, for a while."""
    try:
        await raw.close(timeout=CLOSE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raw.terminate()


async def _plain_types(raw: asyncpg.Connection) -> None:
    """Values of the contract's types only, whatever a statement computes."""
    await _codec(raw, "numeric", str, _number)
    await _codec(raw, "bool", _boolean, lambda text: int(text == "t"))
    for name in _TEXTS:
        await _codec(raw, name, str, str)


async def _codec(raw: asyncpg.Connection, name: str, encoder: Any, decoder: Any) -> None:
    await raw.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="text")


def _boolean(value: int) -> str:
    if value not in (0, 1):
        raise ValueError("expected 0 or 1")
    return "t" if value else "f"


def _number(text: str) -> int | float:
    """A sum of integers is one, however large."""
    try:
        return int(text)
    except ValueError:
        return float(text)
