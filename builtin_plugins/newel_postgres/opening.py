"""The first connection: proves that the database can carry a site, or says in words why not."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import asyncpg
from attrs import frozen

from newel.errors import BootError
from newel_postgres.address import Address
from newel_postgres.connecting import Connector, closed

OLDEST = 13
_FACTS = """
SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
    current_setting('server_encoding') AS encoding, current_schema() AS schema, current_user AS role,
    pg_is_in_recovery()::int AS standby, current_setting('synchronous_commit') AS commits,
    CASE WHEN current_schema() IS NULL THEN 0
         ELSE has_schema_privilege(current_schema(), 'CREATE')::int END AS creates
"""


@frozen
class Facts:
    """What the server says of itself."""

    number: int
    version: str
    encoding: str
    schema: str | None
    role: str
    standby: int
    commits: str
    creates: int

    @property
    def server(self) -> str:
        return f"PostgreSQL {self.version.partition(' ')[0]}"


async def examined(connector: Connector) -> Facts:
    """Connects once and looks. Raises ``BootError``."""
    try:
        raw = await connector.connect()
    except Exception as error:  # noqa: BLE001 - all are told, in one line
        # What went wrong is told in our words only: the driver's own could quote what it was given.
        raise BootError(explained(error, connector.address)) from None
    try:
        facts = Facts(**dict(await raw.fetchrow(_FACTS)))
    finally:
        await closed(raw)
    if fault := unfit(facts, connector.address):
        raise BootError(fault)
    return facts


def unfit(facts: Facts, address: Address) -> str:
    """Why the database cannot carry a site; empty: it can."""
    if facts.number < OLDEST * 10_000:
        return f"{address} is {facts.server}; Newel needs {OLDEST} or newer. Upgrade the server."
    if facts.encoding != "UTF8":
        return (
            f"{address} keeps text as {facts.encoding}. Make one in UTF-8: "
            f"createdb --encoding=UTF8 --template=template0 {address.database}"
        )
    if facts.standby:
        return f"{address} is a standby and read-only. Name the primary server in database.url."
    if facts.schema is None:
        return f"{address} has no schema for '{facts.role}'. Make one, or set the role's search_path."
    if not facts.creates:
        return (
            f"'{facts.role}' may not create tables in {address}. "
            f'Let a superuser run: GRANT CREATE ON SCHEMA "{facts.schema}" TO "{facts.role}"'
        )
    return ""


def explained(error: Exception, address: Address) -> str:
    """Why a connection failed, and what to do, in one line."""
    state: Any = getattr(error, "sqlstate", None)
    match state:
        case "28P01":
            return f"wrong password for '{address.user}' of {address}. Correct it in database.url."
        case "28000":
            return (
                f"the server lets '{address.user}' into {address} neither this way nor from here. "
                "Correct the user in database.url, or allow it in the server's pg_hba.conf."
            )
        case "3D000":
            return f"there is no {address}. Make it: createdb --encoding=UTF8 {address.database}"
        case "53300":
            return f"{address} has no connection left. Raise its max_connections, or lower postgres.pool_max elsewhere."
        case "42501":
            return f"'{address.user}' may not connect to {address}. GRANT CONNECT ON DATABASE, or name another user."
        case "57P03":
            return f"{address} is starting or stopping. Start again in a moment."
        case str():
            return f"{address} refuses the connection ({state}): {getattr(error, 'message', '')}".rstrip(": ")
    return _unreached(error, address)


def _unreached(error: Exception, address: Address) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {address} is not trusted: {error.verify_message}. "
            "Name its authority in database.url (sslrootcert=FILE), and the host by the name in the certificate."
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS to {address} fails: {error.reason or 'no reason given'}. See sslmode in database.url."
    if "rejected SSL" in str(error):
        return f"{address} has no TLS, and database.url asks for it. Turn on ssl there, or write sslmode=disable."
    if isinstance(error, asyncio.TimeoutError):
        return f"{address} does not answer. See host and port in database.url, and the firewall between."
    if isinstance(error, OSError):
        reason = "the name of the host is unknown" if "Name or service" in str(error) else error.strerror or "no answer"
        return f"{address} cannot be reached: {reason}. Start the server, or correct host and port in database.url."
    if isinstance(error, asyncpg.InterfaceError):
        return f"the driver cannot connect to {address}: {error}"
    return f"{address} cannot be used: {type(error).__name__}"
