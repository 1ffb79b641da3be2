"""A whole site as its operator sees it: cold start to ready, memory at rest, and how long it takes to stop."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from time import perf_counter

import psutil

from tests.bench.timing import row
from tests.support import request, start

RUNS = 5


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = start(Path(folder))
        site.stop()  # the first start of all makes the tables; what follows is an ordinary one
        ready, memory, stopped = [], [], []
        for _ in range(RUNS):
            begun = perf_counter()
            site = start(Path(folder), until_ready=True)
            assert request("GET", f"{site.url}/readyz").status == 200
            ready.append(perf_counter() - begun)
            for _ in range(200):
                request("GET", f"{site.url}/livez")
            memory.append(psutil.Process(site.process.pid).memory_info().rss / 1e6)
            begun = perf_counter()
            site.stop()
            stopped.append(perf_counter() - begun)
    row("cold start to ready, median of 5", statistics.median(ready), "s ", "< 1.5")
    row("cold start to ready, best", min(ready), "s ")
    row("resident memory at rest", statistics.median(memory), "MB", "< 90")
    row("SIGTERM to ended, median", statistics.median(stopped), "s ")
