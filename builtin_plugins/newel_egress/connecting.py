"""Connections that go to checked addresses only."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

MOST_HEADERS = 100
LONGEST_HEADER = 8190
MOST_ADDRESSES = 8
"""Of one name that are tried."""


class Pinned(AbstractResolver):
    """Answers the addresses that were checked, whatever it is asked."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Holds nothing."""


def session(addresses: Sequence[str], tls: ssl.SSLContext) -> ClientSession:
    """A session for one request to one place: nothing of it (connection, name, cookie) is used again.

    So no pool can hand out a connection that was checked for another name, or at another time.
    """
    pinned = tuple(addresses[:MOST_ADDRESSES])

    def make_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        if address[0] not in pinned:  # never, unless aiohttp finds an address without asking the resolver
            raise PermissionError(errno.EPERM, "not an address that was checked")
        return socket.socket(family, kind, proto)

    connector = TCPConnector(
        resolver=Pinned(pinned), use_dns_cache=False, force_close=True, limit=1, ssl=tls, socket_factory=make_socket
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        trust_env=False,  # no proxy and no .netrc
        auto_decompress=False,
        timeout=ClientTimeout(total=None, sock_connect=None),  # the client has its own, for all of it
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        max_headers=MOST_HEADERS,
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )
