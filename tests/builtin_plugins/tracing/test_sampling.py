"""Which traces are kept, whose word counts in it, and who is told of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.builtin_plugins.egress.world import Server, serving, world
from tests.builtin_plugins.tracing.collector import collecting
from tests.builtin_plugins.tracing.site import KEPT, TRACE, UNKEPT, traced

from newel.contracts.egress import Egress, Outgoing
from newel.spans import SPAN
from newel.testing import make_app

TOLD = "GET /api/v1/told/{name}"
HERE = {"trusted_proxies": ["127.0.0.1/32", "::1/128"]}


@pytest.mark.parametrize(
    ("http", "tracing", "believed"),
    [
        ({}, {}, False),
        (HERE, {}, True),
        (HERE, {"trust_incoming": "never"}, False),
        ({}, {"trust_incoming": "always"}, True),
        ({"trusted_proxies": ["10.0.0.0/8"]}, {}, False),
    ],
)
async def test_whose_trace_a_request_joins(
    http: Mapping[str, Any], tracing: Mapping[str, Any], believed: bool
) -> None:
    async with traced(http=http, **tracing) as site:
        await site.get("/api/v1/told/a", traceparent=KEPT, tracestate="vendor=1")
        root = await site.collector.until(TOLD)
        assert (root.trace == TRACE) is believed
        assert root.parent == (KEPT.split("-")[2] if believed else "")


@pytest.mark.parametrize(
    ("ratio", "http", "header", "kept"),
    [
        (0.0, {}, KEPT, False),  # a stranger cannot have anything kept
        (0.0, HERE, KEPT, True),
        (1.0, {}, UNKEPT, True),  # nor hide anything
        (1.0, HERE, UNKEPT, False),
    ],
)
async def test_who_decides_what_is_kept(ratio: float, http: Mapping[str, Any], header: str, kept: bool) -> None:
    async with traced(http=http, sample_ratio=ratio, trust_incoming="proxies") as site:
        await site.get("/api/v1/told/a", traceparent=header)
        if kept:
            await site.collector.until(TOLD)
    assert bool(site.collector.spans) is kept


@pytest.mark.parametrize(
    "header",
    [
        "", "x", KEPT.replace("00-", "ff-", 1), KEPT.replace("0af7", "0AF7"), f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01", KEPT + "-more", "x" * 600, KEPT[:-1],
    ],
)  # fmt: skip
async def test_a_header_that_is_none_begins_a_new_trace(header: str) -> None:
    async with traced(trust_incoming="always") as site:
        assert (await site.get("/api/v1/told/a", traceparent=header)).status == 200
        root = await site.collector.until(TOLD)
        assert (root.trace == TRACE, root.parent) == (False, "")


async def test_a_part_is_kept() -> None:
    """Each trace whole, or nothing of it."""
    async with traced(sample_ratio=0.5) as site:
        for _ in range(60):
            await site.get("/api/v1/told/a?q=2")
    roots = site.collector.named(TOLD)
    assert 10 < len(roots) < 50  # one in 10 million runs is outside
    assert len(site.collector.spans) == 3 * len(roots)


@pytest.mark.parametrize(
    ("hosts", "kept", "told"),
    [
        ((), True, False),
        (("hooks.test",), True, True),
        (("*.test",), True, True),
        (("hooks.test",), False, True),  # that it is not kept is told too
        (("test", "*.hooks.test"), True, False),
    ],
)
async def test_who_is_told_of_a_trace(hosts: tuple[str, ...], kept: bool, told: bool) -> None:
    """A request to another server is a step; only hosts that are named hear of the trace."""
    async with AsyncExitStack() as stack:
        collector = await stack.enter_async_context(collecting())
        settings = {"endpoint": collector.url, "sample_ratio": float(kept), "propagate_hosts": list(hosts)}
        server: Server = await stack.enter_async_context(serving())
        app = await stack.enter_async_context(world(server, {"hooks.test": "127.0.0.1"}, tracing=settings))
        with app.spans.first(app, "test"):
            async with app.need(Egress).send(Outgoing(url=f"http://hooks.test:{server.port}/hook?key=1")) as answer:
                await answer.read()
