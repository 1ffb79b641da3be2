"""What ``/metrics`` costs: a scrape, quiet and under load; a request with the plugin on and off; memory over time.

``NEWEL_BENCH_REQUESTS`` says how many the last part sends (100,000 unless told; 1,000,000 take some ten minutes).
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlsplit

import psutil
import uvloop

from newel.contracts.http import HttpServer
from newel.testing import FakeAccounts, make_app
from tests.bench.http import Hello, Watches, _cost
from tests.bench.timing import row, spread
from tests.kernel.plugins import plugin
from tests.support import Site, start

SCRAPES = 100
IDLE = 30.0
"""Seconds."""
REQUESTS = int(os.environ.get("NEWEL_BENCH_REQUESTS", "100000"))
STEPS = (0.0, 0.1, 0.25, 0.5, 1.0)
FLOOD = """
import asyncio, random, sys
host, port, token, count, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
dice, BATCH = random.Random(seed), 20
PATHS = ("/livez", "/readyz", "/nowhere/%s", "/api/v1/delivery/%s", "/api/v1/delivery/%s?a=%s", "/media/%s/x")
METHODS = ("GET", "GET", "GET", "HEAD", "OPTIONS", "PURGE")
END = "HTTP/1.1\\r\\nHost: x\\r\\n"
def ask():
    if dice.random() < 0.1:
        return f"GET /api/v1/auth/me {END}Authorization: Bearer {token}\\r\\n\\r\\n".encode()
    path = dice.choice(PATHS).replace("%s", str(dice.random()))
    return f"{dice.choice(METHODS)} {path} {END}\\r\\n".encode()
async def one(wanted):
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
    for _ in range(wanted // BATCH):
        writer.write(b"".join(ask() for _ in range(BATCH)))
        answered, tail = 0, b""
        while answered < BATCH:
            piece = await reader.read(1 << 16)
            assert piece, "the site hung up"
            # A name at the edge of two pieces counts once: the tail is one byte shorter than the name.
            answered += (tail + piece).count(b"HTTP/1.1 ")
            tail = (tail + piece)[-8:]
    writer.close()
async def all():
    await asyncio.gather(*(one(count // 8) for _ in range(8)))
asyncio.run(all())
"""


@asynccontextmanager
async def _site(*, on: bool) -> AsyncIterator[str]:
    others = [plugin(kind.__name__.lower(), kind) for kind in (Hello, Watches)]
    plugins = ["http", FakeAccounts.manifest, *(["metrics"] if on else []), *others]
    config = {"http": {"access_log": False}, "log": {"level": "info"}}
    async with make_app(plugins, config, serving=True) as app:
        yield app.need(HttpServer).url


async def _requests() -> None:
    found = {}
    for on in (False, True):
        async with _site(on=on) as url:
            found[on] = await _cost(url, "/api/v1/hello/x?size=2")
        row(f"an operation with a hook, metrics {'on' if on else 'off'}", found[on])
    row("  ratio", found[True] / found[False], unit="", target="< 1.05")


class _Scraper:
    def __init__(self, site: Site) -> None:
        parts = urlsplit(site.url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port)
        self._token = site.token
        self.text = b""

    def once(self) -> float:
        """Seconds. After a pause, so that figures are read anew."""
        sleep(1.02)
        begun = perf_counter()
        self.text = self._asked("/metrics")
        return perf_counter() - begun

    def _asked(self, path: str) -> bytes:
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return text

    def anew(self) -> None:
        """By another connection: one that nobody used for long is closed."""
        self._connection.close()

    def many(self, label: str) -> None:
        """With what the machine itself takes: requests that cost next to nothing, in turn with the scrapes."""
        scrapes, others = [], []
        for _ in range(SCRAPES):
            scrapes.append(self.once())
            sleep(0.02)
            begun = perf_counter()
            self._asked("/livez")
            others.append(perf_counter() - begun)
        spread(f"a scrape {label} (target < 20 ms)", scrapes)
        spread("  /livez in turn with it", others)


def _use_everything(site: Site) -> None:
    """Every operation and route is asked for once, so that each has its series."""
    described = site.api("GET", "/openapi.json").json()
    for path, methods in described["paths"].items():
        for method in methods:
            if method in ("get", "post", "patch", "put", "delete"):
                told = re.sub(r"\{[^}]*\}", "nothing", path.removeprefix("/api/v1"))
                order = {} if method in ("post", "patch", "put") else None
                site.api(method.upper(), told, order, anonymous=True)  # refused, and counted


async def _flooded(site: Site, count: int, seed: int) -> None:
    parts = urlsplit(site.url)
    order = (parts.hostname or "", str(parts.port), site.token, str(count), str(seed))
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOOD, *order)
    assert await client.wait() == 0


async def _under_load(site: Site, scraper: _Scraper) -> None:
    parts = urlsplit(site.url)
    order = (parts.hostname or "", str(parts.port), site.token, "10000000", "1")
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOOD, *order)
    try:
        await asyncio.to_thread(scraper.many, "under full load")
    finally:
        client.kill()
        await client.wait()


def _memory(site: Site, scraper: _Scraper) -> None:
    process = psutil.Process(site.process.pid)
    done = 0
    for step in STEPS:
        wanted = int(REQUESTS * step) // 160 * 160
        if wanted > done:
            begun = perf_counter()
            asyncio.run(_flooded(site, wanted - done, wanted))
            row(f"  requests a second to {wanted:,}", (wanted - done) / (perf_counter() - begun), "")
            done = wanted
        scraper.anew()
        scraper.once()
        row(f"resident memory after {done:,} requests", process.memory_info().rss / 1e6, "MB")
        row("  samples", sum(not line.startswith(b"#") for line in scraper.text.splitlines()), "")


def run() -> None:
    uvloop.run(_requests())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "newel.toml").write_text("[http]\naccess_log = false\n", "utf-8")
        site = start(Path(folder))
        try:
            scraper, process = _Scraper(site), psutil.Process(site.process.pid)
            _use_everything(site)
            scraper.many("of a quiet site")
            used = process.cpu_times()
            sleep(IDLE)
            idle = sum(process.cpu_times()[:2]) - sum(used[:2])
            used = process.cpu_times()
            for _ in range(round(IDLE)):
                scraper.once()
            busy = sum(process.cpu_times()[:2]) - sum(used[:2])
            row("processor time of a scrape", (busy - idle) / round(IDLE) * 1e3, "ms")
            samples = [line for line in scraper.text.splitlines() if not line.startswith(b"#")]
            row("  its samples", len(samples), "")
            row("  its size", len(scraper.text) / 1e3, "kB")
            asyncio.run(_under_load(site, scraper))
            _memory(site, scraper)
        finally:
            site.stop()
