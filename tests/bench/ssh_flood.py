"""Ten thousand connections to the SSH door that never sign in: what they cost, and how somebody who is inside and
somebody who signs in meanwhile fare. They come from many addresses of the loopback network, as a botnet would, since
one address alone is held to its pace.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncssh
import psutil

from tests.bench.timing import spread
from tests.support import Site, running

CONNECTIONS, ADDRESSES, AT_ONCE = 10_000, 200, 400
WARMING, COMMANDS = 20, 200
MIB = 1024 * 1024


def run() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "newel.toml").write_text("", "utf-8")
        with running(place) as site:
            text = key.export_public_key().decode()
            assert site.api("POST", "/ssh/keys", {"label": "bench", "key": text}).status == 201
            asyncio.run(_flooded(site, key))


async def _flooded(site: Site, key: Any) -> None:
    process = psutil.Process(site.process.pid)
    inside = await _sign_in(site, key)
    for _ in range(WARMING):
        await _me(inside)
    quiet = []
    for _ in range(COMMANDS):
        began = perf_counter()
        await _me(inside)
        quiet.append(perf_counter() - began)
    before = process.memory_info().rss
    held: list[asyncio.StreamWriter] = []
    began = perf_counter()
    flood = asyncio.create_task(_flood(site, held))
    await asyncio.sleep(0.2)
    (entering, refused), during = await asyncio.gather(_entered(flood, site, key), _while(flood, partial(_me, inside)))
    await flood
    took = perf_counter() - began
    status = site.api("GET", "/ssh").json()
    print(f"{CONNECTIONS:,} connections in {took:.1f} s, {len(held):,} begun; memory {before / MIB:.0f} MiB before, ")
    print(f"  {process.memory_info().rss / MIB:.0f} MiB after; half open {status['half_open']}, "
          f"turned away {status['turned_away']:,}, signed in {status['sessions']}")  # fmt: skip
    spread("a command of who is inside, quiet", quiet)
    spread("a command of who is inside, in the flood", during)
    spread("signing in, in the flood", entering)
    print(f"  {refused} attempts to sign in were cut, and made again 0.1 s later")
    for writer in held:
        writer.close()
    inside.close()


async def _flood(site: Site, held: list[asyncio.StreamWriter]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with gate:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(30):
                    place = f"127.0.1.{number % ADDRESSES + 1}"
                    reader, writer = await asyncio.open_connection("127.0.0.1", site.ssh_port, local_addr=(place, 0))
                    held.append(writer)
                    await reader.readline()

    await asyncio.gather(*(one(number) for number in range(CONNECTIONS)))


async def _sign_in(site: Site, key: Any, place: str = "127.0.0.1") -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", site.ssh_port, username="newel", client_keys=[key], known_hosts=None, config=None,
        agent_path=None, local_addr=(place, 0),
    )  # fmt: skip


async def _entered(flood: asyncio.Task[None], site: Site, key: Any) -> tuple[list[float], int]:
    """Seconds of each sign-in that ended before the flood did, each from an address of its own; how many were cut."""
    refused = 0
    numbers = itertools.count(1)

    async def enter() -> None:
        nonlocal refused
        place = f"127.0.2.{next(numbers) % 250 + 1}"
        while True:
            try:
                (await _sign_in(site, key, place)).close()
                return
            except (asyncssh.Error, OSError):  # and again, as a person would
                refused += 1
                await asyncio.sleep(0.1)

    return await _while(flood, enter), refused


async def _me(connection: asyncssh.SSHClientConnection) -> None:
    assert (await connection.run("auth me --json")).exit_status == 0


async def _while(flood: asyncio.Task[None], act: Callable[[], Awaitable[None]]) -> list[float]:
    """Seconds of each act that ended before the flood did: one after another."""
    times: list[float] = []
    while True:
        began = perf_counter()
        await act()
        if flood.done():
            return times
        times.append(perf_counter() - began)
