"""What traces cost: an operation that asks the database four times, with nobody who traces, and at several ratios.

The collector is a process of its own, which takes whatever comes. Processor time is measured, best of several rounds,
which alternate between the sites.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack
from math import inf
from time import process_time, thread_time
from typing import Any

from newel import PUBLIC, Call, hookimpl, operation, operations_of
from newel.app import App
from newel.context import SYSTEM
from newel.contracts.database import Database
from newel.operations import Operation
from newel.testing import make_app
from tests.bench.timing import row
from tests.kernel.plugins import plugin

ROUND = 3000
ROUNDS = 7
RATIOS = (0.0, 0.01, 1.0)
COLLECTOR = """
import http.server
class Takes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Asks:
    app: App

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("asks.four", needs=PUBLIC)
    async def four(self, call: Call) -> int:
        """Asks the database four times."""
        database = self.app.need(Database)
        for number in range(4):
            await database.fetch_one("SELECT :number AS n", {"number": number})
        return 4


async def _round(app: App) -> tuple[float, float]:
    """Microseconds of processor time of an operation: of the loop, and of all, with the thread that sends."""
    call = app.call(SYSTEM, "bench")
    whole, loop = process_time(), thread_time()
    for _ in range(ROUND):
        await app.operations.run("asks.four", {}, call)
    loop = thread_time() - loop
    await asyncio.sleep(1)  # what was kept is sent
    return loop / ROUND * 1e6, (process_time() - whole) / ROUND * 1e6


async def _measure(port: str) -> None:
    async with AsyncExitStack() as stack:
        sites: dict[str, App] = {}
        asks = plugin("asks", Asks, needs=(Database,))
        sites["nobody traces"] = await stack.enter_async_context(make_app(["sqlite", asks]))
        for ratio in RATIOS:
            settings: dict[str, Any] = {"endpoint": f"http://127.0.0.1:{port}", "sample_ratio": ratio}
            config = {"tracing": settings | {"queue": 100_000, "interval": 0.5}}
            site = await stack.enter_async_context(make_app(["sqlite", "tracing", asks], config))
            sites[f"a part of {ratio:g} is kept"] = site
        best = dict.fromkeys(sites, (inf, inf))
        for _ in range(ROUNDS):
            for label, app in sites.items():
                loop, whole = await _round(app)
                best[label] = min(best[label][0], loop), min(best[label][1], whole)
        bare = best["nobody traces"][0]
        for label, (loop, whole) in best.items():
            row(f"an operation with four statements, {label}", loop)
            row("    operations a second, of those with nobody who traces", 100 * bare / loop, "%")
            row("    with the thread that sends", whole)


def run() -> None:
    with subprocess.Popen([sys.executable, "-c", COLLECTOR], stdout=subprocess.PIPE, text=True) as collector:
        assert collector.stdout is not None
        try:
            asyncio.run(_measure(collector.stdout.readline().strip()))
        finally:
            collector.terminate()
