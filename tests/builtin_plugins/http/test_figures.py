"""Requests are counted by their status (``register_metrics``)."""

from __future__ import annotations

from typing import Any

import pytest

from newel.testing import Client, FakeAccounts, FakeClock, actor, make_app


@pytest.mark.needs_plugin("site")
async def test_requests_are_counted_by_status() -> None:
    clock = FakeClock()
    plugins = ["database", "migrations", FakeAccounts.manifest, "http", "site"]
    async with make_app(plugins, serving=True, clock=clock) as app, Client.of(app) as client:
        site: Any = app.plugins["site"]
        await site.sampler.take()
        for _ in range(4):
            assert (await client.get("/livez")).status == 200
        assert (await client.get("/nowhere")).status == 404
        await clock.jump(2)
        await site.sampler.take()
        order = {"name": ["http_requests_total", "http_requests_running"]}
        told = await app.operations.run("site.metrics", order, app.call(actor("admin"), "test"))
        assert {one.id: one.values[-1] for one in told.series} == {
            "http_requests_running": 0.0,
            'http_requests_total{status="2xx"}': 2.0,
            'http_requests_total{status="4xx"}': 0.5,
        }
