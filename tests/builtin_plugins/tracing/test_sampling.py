"""Which traces are kept, whose word counts in it, and who is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.builtin_plugins.egress.world import says, served, text
from tests.builtin_plugins.tracing.collector import collecting
from tests.builtin_plugins.tracing.site import CANARY, KEPT, TRACE, UNKEPT, talking, traced

from newel.contracts.egress import Egress, Outgoing
from newel.spans import first, recorded
from newel.testing import make_app

pytestmark = pytest.mark.needs_plugin("http")

TOLD = "GET /api/v1/told/{name}"
HERE = {"trusted_proxies": ["127.0.0.1/32", "::1/128"]}
ELSEWHERE = {"trusted_proxies": ["10.0.0.0/8"]}


@pytest.mark.parametrize(
    ("whom", "proxy", "believed"),
    [
        ("proxies", False, False), ("proxies", True, True), ("never", True, False), ("always", False, True),
    ],
)  # fmt: skip
async def test_whose_trace_a_request_joins(whom: str, proxy: bool, believed: bool) -> None:
    """And so who decides what is kept: a stranger can neither have anything kept nor hide it."""
    for header, ratio in ((KEPT, 0.0), (UNKEPT, 1.0)):
        async with talking(http=HERE if proxy else ELSEWHERE, trust_incoming=whom, sample_ratio=ratio) as site:
            await site.get("/api/v1/said", traceparent=header, tracestate="vendor=1")
        assert bool(site.collector.spans) is (believed is (header == KEPT))
        for root in site.collector.spans:
            assert (root.trace == TRACE, root.parent) == ((True, KEPT.split("-")[2]) if believed else (False, ""))


async def test_a_header_that_is_none_begins_a_new_trace() -> None:
    nones = (
        "", "x", KEPT.replace("00-", "ff-", 1), KEPT.replace("0af7", "0AF7"), f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01", KEPT + "-more", "x" * 600, KEPT[:-1],
    )  # fmt: skip
    async with talking(trust_incoming="always") as site:
        for header in nones:
            assert (await site.get("/api/v1/said", traceparent=header)).status == 200
    assert len(site.collector.spans) == len(nones)
    assert {(one.trace == TRACE, one.parent) for one in site.collector.spans} == {(False, "")}


async def test_a_part_is_kept() -> None:
    """Each trace whole, or nothing of it."""
    async with traced(sample_ratio=0.5) as site:
        for _ in range(40):
            await site.get("/api/v1/told/a?q=2")
    roots = site.collector.named(TOLD)
    assert 4 < len(roots) < 36  # one in ten million runs is outside
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
    async with collecting() as collector, served(says(text(b"ok"))) as server:
        tracing = {"endpoint": collector.url, "sample_ratio": float(kept), "propagate_hosts": list(hosts)}
        config = {"tracing": tracing, "egress": {"allow": [server.host], "ports": [server.port]}}
        async with make_app(["egress", "tracing"], config) as app:
            plugin: Any = app.plugins["egress"]
            plugin.resolve = _here
            with first(app, "test"):
                request = Outgoing(url=f"http://hooks.test:{server.port}/hook/{CANARY}?key={CANARY}")
                async with app.need(Egress).send(request) as answer:
                    assert answer.status == 200
                assert recorded() is not None or not kept
        heard = server.got[0].headers.get("traceparent")
        if not kept:
            assert (collector.spans, heard is not None and heard.endswith("-00")) == ([], told)
            return
        [call] = collector.named("GET")
        assert (None if heard is None else heard[:-2]) == (f"00-{call.trace}-{call.id}-" if told else None)
        assert heard is None or int(heard[-1], 16) & 1
        known = {"server.address": "hooks.test", "server.port": server.port, "http.response.status_code": 200}
        assert call.facts == known


async def _here(name: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]
