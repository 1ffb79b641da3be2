"""The chains with several writers, on servers: three nodes whose clocks differ, over many midnights."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.audit.things import Things, run, sql

from newel.app import App
from newel.testing import FakeClock, make_app
from newel.testing.engines import Engine

pytestmark = [pytest.mark.slow, pytest.mark.fresh, pytest.mark.engines("postgres", "mysql")]
STARTS = (
    datetime(2030, 1, 1, tzinfo=UTC),
    datetime(2029, 12, 31, 23, 59, 50, tzinfo=UTC),
    datetime(2030, 1, 1, 6, tzinfo=UTC),
)


async def test_nodes_share_the_chains(engine: Engine, tmp_path: Path) -> None:
    name, url = engine.plugin, engine.make()
    clocks = [FakeClock(start) for start in STARTS]
    plugins: list[Any] = [name, "migrations", "audit", Things.manifest]
    async with AsyncExitStack() as stack:
        apps: list[App] = [
            await stack.enter_async_context(make_app(plugins, {"database": {"url": url}}, folder=tmp_path, clock=clock))
            for clock in clocks
        ]

        async def write(app: App, clock: FakeClock) -> None:
            for number in range(25):
                await run(app, "things.change", ids=[str(number), "x"])
                await clock.advance(7200)

        async with asyncio.timeout(60):
            await asyncio.gather(*(write(*node) for node in zip(apps, clocks, strict=True) for _ in range(4)))
        verdict = await run(apps[0], "audit.verify")
        assert (verdict.whole, verdict.rows) == (True, 600), verdict.findings
        stamps = [row["hlc"] for row in await sql(apps[0], "SELECT hlc FROM audit_log ORDER BY day, stripe, seq")]
        assert len(set(stamps)) == len(stamps)
        assert (await run(apps[1], "audit.prune", keep_days=2)).rows > 0
        assert (await run(apps[2], "audit.verify")).whole
        await sql(apps[0], "DELETE FROM audit_log WHERE seq = 2 AND stripe = 1")
        assert {one.kind for one in (await run(apps[2], "audit.verify")).findings} == {"row_missing"}
