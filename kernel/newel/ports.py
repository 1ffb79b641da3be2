"""Whether an address can be listened on, and who does."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

from newel.contracts.site import Finding

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound: how to reach what is
SECONDS = 2.0
MOST = 4096


def local(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    return host in ("localhost", "::1") or host.startswith("127.")


async def look(host: str, port: int, ours: Callable[[bytes], bool], asked: bytes = b"") -> Finding:
    """Finds the port free, or held by the site itself: ``ours`` says so of what it answers to ``asked``."""
    if port == 0:
        return Finding(detail="a free port is taken at the start")
    place = f"{host or '*'}:{port}"
    trouble = await asyncio.to_thread(_bound, host, port)
    if trouble is None:
        return Finding(detail=f"{place} is free")
    if trouble.errno != errno.EADDRINUSE:
        return Finding(
            state="failing", detail=f"{place} cannot be listened on: {trouble.strerror or trouble}",
            remedy="Name an address of this machine, and a port that this user may take (1024 and above).",
        )  # fmt: skip
    if ours(await _said(ANYWHERE.get(host, host), port, asked)):
        return Finding(detail=f"Newel answers at {place}")
    return Finding(
        state="failing", detail=f"another program holds {place}",
        remedy=f"See which (`ss -ltnp 'sport = :{port}'`) and stop it, or choose another port.",
    )  # fmt: skip


def _bound(host: str, port: int) -> OSError | None:
    """What stands in the way of listening there."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)  # and listens not: no client shall come here, and a site that starts now may
    except OSError as error:
        return error
    return None


async def _said(host: str, port: int, asked: bytes) -> bytes:
    """The first that it says; nothing, where it says nothing in time."""
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(asked)
                return await (reader.read(MOST) if asked else reader.readline())
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError):
        return b""
