"""A site whose plugins attack it: how long others wait meanwhile. The corpus, by group; quiet and attacked take turns.

The server and the host of the plugins are this process; who asks is another one. Nothing rests here: where a site's
breaker lets a plugin attack five times, this one attacks without an end, two calls at a time, a hundred a second as a
site lets one address call its plugins.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from time import monotonic

from attrs import define, field, frozen

from newel.contracts.http import HttpServer
from newel.testing import FakeAccounts, make_app
from newel_lua.config import LuaConfig
from tests.bench.timing import row
from tests.builtin_plugins.lua.hostile.conftest import ATTACKS, Attack, Ring, entered

ROUNDS = 11
SECONDS = 0.6
AT_ONCE = 2
RATE = 100
CLIENT = """
import socket, sys, time
host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ASK = f"GET {path} HTTP/1.1\\r\\nHost: x\\r\\nAccept: */*\\r\\n\\r\\n".encode()
one = socket.create_connection((host, port))
one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while True:
    begun = time.monotonic()
    one.sendall(ASK)
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        head += one.recv(65536)
    took = time.monotonic() - begun
    print(begun, took, flush=True)
    time.sleep(0.001)
"""


@frozen
class Window:
    """A stretch of time, and what it was used for."""

    label: str
    begun: float
    ended: float


@define
class Watch:
    """Who asks for a page all the time, and how long each answer took."""

    waits: list[tuple[float, float]] = field(factory=list)
    """When it asked, and for how long it waited, in seconds."""
    windows: list[Window] = field(factory=list)

    def p99(self, window: Window) -> float:
        """Milliseconds."""
        found = [took for at, took in self.waits if window.begun <= at < window.ended]
        return statistics.quantiles(found, n=100)[98] * 1e3 if len(found) > 1 else 0.0

    def ratios(self, label: str) -> list[tuple[float, float]]:
        """By round: the p99 while quiet just before, and while attacked, in milliseconds."""
        pairs = zip(self.windows, self.windows[1:], strict=False)
        return [(self.p99(quiet), self.p99(busy)) for quiet, busy in pairs if busy.label == label]


@asynccontextmanager
async def watching(path: str = "/livez") -> AsyncIterator[Watch]:
    """A site that serves in this process, and a client of it in another."""
    async with make_app(["http", FakeAccounts.manifest], {"http": {"access_log": False}}, serving=True) as app:
        host, _, port = app.need(HttpServer).url.removeprefix("http://").partition(":")
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CLIENT, host, port, path, stdout=asyncio.subprocess.PIPE
        )
        watch = Watch()
        reading = asyncio.create_task(_read(client, watch))
        try:
            yield watch
        finally:
            with suppress(ProcessLookupError):
                client.kill()
            await client.wait()
            await reading


async def _read(client: asyncio.subprocess.Process, watch: Watch) -> None:
    assert client.stdout is not None
    while line := await client.stdout.readline():
        at, took = line.split()
        watch.waits.append((float(at), float(took)))


@asynccontextmanager
async def arena(config: LuaConfig) -> AsyncIterator[Ring]:
    """A host as a site has it."""
    ring = await entered(config)
    try:
        yield ring
    finally:
        await ring.host.close()


async def turn(watch: Watch, ring: Ring, label: str, attacks: Sequence[Attack], seconds: float) -> None:
    """A quiet stretch, then one under attack."""
    await asyncio.sleep(0.2)
    begun = monotonic()
    await asyncio.sleep(seconds)
    watch.windows.append(Window("quiet", begun, monotonic()))
    loaded = [(attack, await ring.loaded(attack)) for attack in attacks if attack.at != "load"]
    queue = cycle(loaded)
    begun = monotonic()

    async def one() -> None:
        while monotonic() < begun + seconds:
            await ring.struck(*next(queue))
            await asyncio.sleep(AT_ONCE / RATE)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    watch.windows.append(Window(label, begun, monotonic()))
    for _, plugin in loaded:
        ring.host.unload(plugin)


async def measured(
    groups: dict[str, list[Attack]], rounds: int, seconds: float, config: LuaConfig | None = None
) -> dict[str, list[tuple[float, float]]]:
    """By group and round: p99 of others' waits, quiet and attacked, in milliseconds."""
    async with watching() as watch, arena(config or LuaConfig()) as ring:
        for _ in range(rounds):
            for label, attacks in groups.items():
                await turn(watch, ring, label, attacks, seconds)
        await asyncio.sleep(0.2)
    return {label: watch.ratios(label) for label in groups}


def grouped() -> dict[str, list[Attack]]:
    groups = defaultdict(list)
    for attack in ATTACKS:
        groups["ends its process" if attack.kills else attack.name.partition("_")[0]].append(attack)
    return dict(groups)


def run() -> None:
    logging.getLogger("test").setLevel(logging.ERROR)
    found = asyncio.run(measured(grouped(), ROUNDS, SECONDS))
    for label, rounds in found.items():
        quiet, busy = zip(*rounds, strict=True)
        row(f"{label}: p99 while quiet", statistics.median(quiet), "ms")
        row("    p99 while attacked", statistics.median(busy), "ms")
        row("    against quiet, median of rounds", statistics.median(b / q for q, b in rounds), "x ", "< 2")
