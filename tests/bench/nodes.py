"""Two nodes on one PostgreSQL behind Caddy: what a load meets while one is killed, and while another restarts."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.timing import row
from tests.clients import Postgres
from tests.load import tried
from tests.nodes import node
from tests.servers import Absent, postgres

ROUNDS = 5
BETWEEN = 500
"""Answers between two events."""


def run() -> None:
    try:
        with ExitStack() as stack:
            _measure(stack)
    except Absent as absent:
        print(f"  {absent}")


def _measure(stack: ExitStack) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(postgres())
    maker = Postgres(server=server)
    stack.callback(maker.close)
    maker.make("newel")
    nodes = [node(folder / "site", f"{server.url}/newel") for _ in range(2)]
    tally, seconds = tried(folder, nodes, ROUNDS, BETWEEN)
    print(f"  {ROUNDS} deaths, {ROUNDS} restarts: {tally}")
    row("requests a second, on one machine with the load itself", tally.asked / seconds, "/s")
    row("longest time without a good answer", tally.gap, "s")
    row("slowest answer, tries included", tally.slowest, "s")
    for told in tally.refused[:10]:
        print(f"  first try: {told[:200]}")
    if tally.lost:
        raise SystemExit(f"lost: {tally.lost[:5]}")
