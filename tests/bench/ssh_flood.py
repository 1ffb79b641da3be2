"""Ten thousand connections to the SSH door that never sign in: what they cost, and how somebody who is inside and
somebody who signs in meanwhile fare. They come from many addresses of the loopback network, as a botnet would, since
one address alone is held to its pace.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import asyncssh
import psutil

from tests.support import Site, running

CONNECTIONS, ADDRESSES, AT_ONCE = 10_000, 200, 400
COMMANDS, LOGINS = 20, 5
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
    await _commands(inside)
    quiet = await _commands(inside)
    before = process.memory_info().rss
    held: list[asyncio.StreamWriter] = []
    began = perf_counter()
    flood = asyncio.create_task(_flood(site, held))
    await asyncio.sleep(0.2)
    entering = []
    for _ in range(LOGINS):
        entered = perf_counter()
        (await _sign_in(site, key)).close()
        entering.append(perf_counter() - entered)
    during = await _commands(inside)
    early = not flood.done()
    await flood
    took = perf_counter() - began
    status = site.api("GET", "/ssh").json()
    print(f"{CONNECTIONS:,} connections in {took:.1f} s, {len(held):,} begun; memory {before / MIB:.0f} MiB before, ")
    print(f"  {process.memory_info().rss / MIB:.0f} MiB after; half open {status['half_open']}, "
          f"turned away {status['turned_away']:,}, signed in {status['sessions']}")  # fmt: skip
    print(f"  a command of who is inside: {_told(quiet)} quiet, {_told(during)} in the flood")
    print(f"  signing in in the flood: {_told(entering)}{'' if early else '; the flood was over before all that'}")
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


async def _sign_in(site: Site, key: Any) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", site.ssh_port, username="newel", client_keys=[key], known_hosts=None, config=None, agent_path=None
    )


async def _commands(connection: asyncssh.SSHClientConnection) -> list[float]:
    times = []
    for _ in range(COMMANDS):
        began = perf_counter()
        assert (await connection.run("auth me --json")).exit_status == 0
        times.append(perf_counter() - began)
    return times


def _told(times: list[float]) -> str:
    cuts = quantiles(times, n=20)
    return f"{cuts[9] * 1000:.0f} ms (p95 {cuts[18] * 1000:.0f})"
