"""The connection that listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from newel.contracts.database import Away
from newel_postgres.connecting import Connector, closed
from newel_postgres.link import nothing

Tell = Callable[[str, str], None]
_GONE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class PostgresEar:
    """``LISTEN`` on a connection of its own."""

    def __init__(self, raw: asyncpg.Connection, tell: Tell) -> None:
        self._raw = raw
        self._tell = tell

    @classmethod
    async def open(cls, connector: Connector, tell: Tell, lost: Callable[[], None]) -> PostgresEar:
        raw = await connector.raw()
        raw.add_termination_listener(lambda _: lost())
        return cls(raw, tell)

    async def listen(self, channel: str) -> None:
        try:
            await self._raw.add_listener(channel, self._heard)
        except _GONE as error:
            raise Away("the connection that listens was lost") from error

    def _heard(self, connection: Any, process: int, channel: str, payload: Any) -> None:
        self._tell(channel, str(payload))

    async def ping(self) -> None:
        try:
            await nothing(self._raw)
        except _GONE as error:
            raise Away("the connection that listens was lost") from error

    async def close(self) -> None:
        await closed(self._raw)
