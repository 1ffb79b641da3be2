"""Connects, with plain words where that cannot work at the start of a site."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

from newel.contracts.database import Away
from newel.errors import BootError
from newel.sql.held import Held
from newel_mysql.address import Address
from newel_mysql.codecs import DECODERS
from newel_mysql.config import MysqlConfig
from newel_mysql.faults import DENIED, NO_DATABASE, number_of, translated
from newel_mysql.killing import Killer
from newel_mysql.link import MysqlLink
from newel_mysql.refusals import refusal
from newel_mysql.sessions import Kind, kind_of

OLDEST = {"MariaDB": (10, 6), "MySQL": (8, 0, 19)}
_FOUND_ROWS = 2  # UPDATE counts the rows it matched, not those it changed


class Opener:
    """Opens connections to one address. The first one, ``explore``, tells which server it is."""

    def __init__(self, address: Address, config: MysqlConfig, driver: Any, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._config = config
        self._driver = driver
        self._tls = tls
        known = driver.converters.conversions
        self._conversions = {**{key: one for key, one in known.items() if not isinstance(key, int)}, **DECODERS}
        self._killer = Killer(self._ready)
        self._first: Any = None
        """The connection of ``explore``, set up already."""
        self.kind = Kind(mariadb=True, version=())
        self.server = ""

    async def link(self) -> MysqlLink:
        """A connection, ready for use. Raises ``Away`` and other ``Transient`` errors."""
        held = await Held.open("mysql", self._ready_or_away, _close)
        return MysqlLink(held, self._killer.stop, self.kind.limits(self._config), self._config.statement_cache)

    async def _ready_or_away(self) -> Any:
        try:
            return await self._ready()
        except Exception as error:
            if number_of(error) in DENIED or number_of(error) == NO_DATABASE:
                raise Away("the database server refuses this account") from error
            told = translated(error, "connect")
            raise told from (None if told is error else error)

    async def _ready(self) -> Any:
        if self._first is not None:
            raw, self._first = self._first, None
            return raw
        raw = await self.connect()
        try:
            await _run(raw, self.kind.session(self._config))
        except BaseException:
            raw.close()
            raise
        return raw

    async def connect(self) -> Any:
        """The driver's connection, before anything is set. Raises the driver's errors."""
        try:
            return await self._connected(self._tls)
        except Exception as error:
            if self._address.tls != "preferred" or self._tls is None or not isinstance(error.__cause__, ssl.SSLError):
                raise
        raw = await self._connected(None)
        self._tls = None  # the server has none: not asked again
        return raw

    async def _connected(self, tls: ssl.SSLContext | None) -> Any:
        address = self._address
        try:
            async with asyncio.timeout(self._config.connect_seconds):
                return await self._driver.connect(
                    host=address.host,
                    port=address.port,
                    unix_socket=address.unix_socket,
                    user=address.user,
                    password=address.password.reveal().encode(),
                    database=address.database,
                    ssl=tls,
                    charset="utf8mb4",
                    conv=self._conversions,
                    client_flag=_FOUND_ROWS,
                    connect_timeout=self._config.connect_seconds,
                    autocommit=None,
                    program_name="newel",
                )
        except TimeoutError as error:
            raise OSError(f"no answer within {self._config.connect_seconds:g} seconds") from error

    async def explore(self, log: logging.Logger) -> None:
        """Learns which server it is, and that all is there that a site needs. Raises ``BootError``."""
        try:
            raw = await self.connect()
        except Exception as error:
            raise refusal(error, self._address) from error
        try:
            await self._learn(raw, log)
        except BaseException:
            raw.close()
            raise
        self._first = raw

    async def _learn(self, raw: Any, log: logging.Logger) -> None:
        version = str((await _run(raw, "SELECT VERSION()"))[0][0])
        self.kind = kind_of(version)
        self.server = f"{self.kind.name} {'.'.join(map(str, self.kind.version))}"
        oldest = OLDEST[self.kind.name]
        if self.kind.version < oldest:
            least = ".".join(map(str, oldest))
            raise BootError(
                f"{self._address.place} runs {self.server}; Newel needs {self.kind.name} {least}. Upgrade it."
            )
        engines = {str(row[0]).lower(): str(row[1]).upper() for row in await _run(raw, "SHOW ENGINES")}
        if engines.get("innodb") not in ("YES", "DEFAULT"):
            raise BootError(
                f"{self.server} has no InnoDB, which keeps transactions. Switch it on in its configuration."
            )
        await _run(raw, self.kind.session(self._config))
        if (await _run(raw, "SELECT @@innodb_flush_log_at_trx_commit"))[0][0] != 1:
            remedy = "SET GLOBAL innodb_flush_log_at_trx_commit = 1, and in the server's configuration"
            log.warning(
                "the server does not sync commits: a power cut may undo the last ones", extra={"remedy": remedy}
            )
        await self._may_create(raw)
        await self._compare_by_bytes(raw, log)

    async def _may_create(self, raw: Any) -> None:
        """The server looks at rights first, then for the table that is to be copied: nothing is made."""
        try:
            await _run(raw, "CREATE TABLE newel_rights LIKE newel_no_such_table")
        except Exception as error:
            match number_of(error):
                case 1142 | 1044:
                    name = self._address.database
                    raise BootError(
                        f"the account '{self._address.user}' may not make tables in '{name}'.\n"
                        f"As an administrator: GRANT ALL ON `{name}`.* TO ..."
                    ) from error
                case 1290 | 1836:
                    raise BootError(
                        f"{self._address.place} is read-only. Name the primary server in database.url."
                    ) from error
                case 1146:
                    return
            raise

    async def _compare_by_bytes(self, raw: Any, log: logging.Logger) -> None:
        """Columns whose author names no collation get the database's."""
        name, collation = self._address.database, self.kind.collation
        found = await _run(
            raw,
            "SELECT default_collation_name, (SELECT count(*) FROM information_schema.tables "
            "WHERE table_schema = DATABASE()) FROM information_schema.schemata WHERE schema_name = DATABASE()",
        )
        if found and found[0][0] == collation:
            return
        remedy = f'ALTER DATABASE "{name}" CHARACTER SET utf8mb4 COLLATE {collation}'
        if found and not found[0][1]:
            try:
                await _run(raw, remedy)
                return
            except self._driver.errors.Error:
                pass
        log.warning("the database's own collation does not compare text by its bytes", extra={"remedy": remedy})

    async def close(self) -> None:
        if self._first is not None:
            self._first.close()
        await self._killer.close()


async def _run(raw: Any, text: str) -> list[tuple[Any, ...]]:
    cursor = raw.cursor()
    await cursor.execute(text)
    rows = list(await cursor.fetchall()) if cursor.description else []
    while await cursor.nextset():
        pass
    return rows


async def _close(raw: Any) -> None:
    try:
        await raw.ensure_closed()
    finally:
        raw.close()
