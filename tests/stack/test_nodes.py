"""Two nodes on one PostgreSQL behind Caddy with our Caddyfile: a node may die or restart, and nobody is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engines import Servers
from tests.load import READERS, WRITERS, tried
from tests.nodes import LEAN, node
from tests.tools import tool


@pytest.mark.slow
@pytest.mark.engines("postgres")
def test_a_death_and_a_restart_under_load_fail_nothing_but_what_was_in_flight(
    tmp_path: Path, servers: Servers, engine: object
) -> None:
    tool("caddy")
    database = servers.databases("postgres").take()
    nodes = [node(tmp_path / "site", database, *LEAN) for _ in range(2)]
    tally, _ = tried(tmp_path, nodes, rounds=1, between=30, pace=0.05)
    assert tally.lost == []
    assert len(tally.refused) <= 2 * (READERS + WRITERS), tally.refused
    assert len(tally.kept) > 20
    assert tally.gap < 20  # the machine of tests may be busy; a site that is away for long fails requests, too
