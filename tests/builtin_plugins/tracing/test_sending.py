"""How spans get to the collector, and that a collector that is slow, away or unwilling costs nothing but spans."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from tests.builtin_plugins.tracing.collector import collecting
from tests.builtin_plugins.tracing.site import CANARY, Traced, talking
from tests.kernel.plugins import raising

from newel.app import App
from newel.contracts.tracing import Tracing
from newel.errors import BootError
from newel.hooks.site import register_metrics
from newel.testing import make_app
from newel.testing.app import build_app

pytestmark = pytest.mark.needs_plugin("http")

SAID = "GET /api/v1/said"
NOBODY = "http://127.0.0.1:9"
"""The port of `discard`, which nobody serves."""


def figures(app: App) -> Mapping[str, Any]:
    metrics = [one for name, one in app.collected(register_metrics) if name == "tracing"]
    return {one.name.removeprefix("tracing_spans_"): one.read() for one in metrics}


def warnings(site: Traced) -> list[str]:
    return [line for line in site.log.getvalue().splitlines() if "traces are dropped" in line]


async def test_what_is_sent() -> None:
    """Name, version and headers of the site; the stop sends what is left."""
    async with collecting() as collector:
        headers = {"Authorization": f"Bearer {CANARY}"}
        async with talking(collector, interval=60, service_name="shop", headers=headers) as site:
            await site.get("/api/v1/said")
            assert collector.spans == []
        assert len(collector.named(SAID)) == 1
        assert figures(site.app)["sent_total"] == len(collector.spans)
        assert collector.headers[0]["authorization"] == f"Bearer {CANARY}"
        assert collector.headers[0]["Content-Type"] == "application/x-protobuf"
        assert collector.resources[0]["service.name"] == "shop"
        assert CANARY not in site.log.getvalue()


async def test_what_the_environment_has_for_another_collector_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization={CANARY},x-key={CANARY}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/nowhere/cert.pem")
    async with talking(headers={"X-Ours": "known"}) as site:
        await site.get("/api/v1/said")
        await site.collector.until(SAID)
        sent = dict(site.collector.headers[0])
    assert CANARY not in repr(sent)
    assert sent["x-ours"] == "known"


async def test_full_batches_are_sent_before_their_time() -> None:
    async with talking(interval=60, batch=10) as site:
        for _ in range(25):
            await site.get("/api/v1/said")
        await site.collector.until(SAID)
        assert all(len(one.resource_spans[0].scope_spans[0].spans) <= 10 for one in site.collector.messages)


async def test_a_dead_collector() -> None:
    """Requests are answered, spans are counted as lost, and the log says so once."""
    async with talking(endpoint=NOBODY, timeout=0.3, flush_seconds=0.2) as site:
        for _ in range(3):
            assert (await site.get("/api/v1/said")).status == 200
            await _until(lambda: figures(site.app)["waiting"] == 0)
        await _until(lambda: figures(site.app)["dropped_total"]["collector"] > 0)
    assert figures(site.app)["sent_total"] == 0
    assert len(warnings(site)) == 1
    assert f"{NOBODY}/v1/traces" in warnings(site)[0]


async def test_a_slow_collector() -> None:
    """It has one batch, the queue is full, and everything after that is dropped: nobody waits, and the stop does not
    either."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {"endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}", "timeout": 30}
        async with talking(**settings, queue=5, batch=5, flush_seconds=0.1) as site:
            for _ in range(5):
                await site.get("/api/v1/said")
            await _until(lambda: figures(site.app)["waiting"] == 0)  # it is being sent them
            for _ in range(20):
                assert (await site.get("/api/v1/said")).status == 200
            known = figures(site.app)
            assert (known["waiting"], known["dropped_total"]["queue"], known["sent_total"]) == (5, 15, 0)
            begun = perf_counter()
        assert perf_counter() - begun < 10  # of the 30 that sending may take
        assert figures(site.app)["dropped_total"]["stop"] == 10
        assert len(warnings(site)) == 1


async def test_a_collector_that_comes_back() -> None:
    """What it refused is lost; the log tells that it takes spans again."""
    async with talking() as site:
        site.collector.status = 401
        await site.get("/api/v1/said")
        await _until(lambda: figures(site.app)["dropped_total"]["collector"] > 0)
        assert "401" in warnings(site)[0]
        site.collector.status = 200
        await site.get("/api/v1/said")
        await site.collector.until(SAID)
        await _until(lambda: "traces are sent again" in site.log.getvalue())


async def test_a_batch_that_cannot_be_sent_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking() as site:
        with monkeypatch.context() as patch:
            patch.setattr("newel_tracing.sending.OTLPSpanExporter.export", raising(ValueError(CANARY)))
            await site.get("/api/v1/said")
            await _until(lambda: figures(site.app)["dropped_total"]["collector"] == 1)
        await site.get("/api/v1/said")
        await site.collector.until(SAID)
    assert "ValueError" in warnings(site)[0]
    assert CANARY not in site.log.getvalue()


async def _until(so: Any) -> None:
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.01)


OFF = """
import asyncio, sys
from newel.testing import make_app
async def main():
    async with make_app(["tracing"], {"tracing": {}}):
        print(*[name for name in sys.modules if name.startswith(("opentelemetry", "requests", "google"))])
asyncio.run(main())
"""


def test_nothing_is_imported_where_nothing_is_sent() -> None:
    done = subprocess.run([sys.executable, "-c", OFF], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


async def test_off_until_there_is_an_endpoint() -> None:
    async with make_app(["tracing"], {"tracing": {"sample_ratio": 1.0}}) as app:
        assert app.find(Tracing) is None
        assert figures(app) == {}


async def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith("newel_tracing.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(BootError, match=r"pip install 'newel\[tracing\]'"):
        async with make_app(["tracing"], {"tracing": {"endpoint": NOBODY}}):
            pass


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"endpoint": f"http://me:{CANARY}@here"}, "tracing.endpoint"),
        ({"endpoint": f"http://here/v1?key={CANARY}"}, "tracing.endpoint"),
        ({"endpoint": "here:4318"}, "tracing.endpoint"),
        ({"headers": {"A B": CANARY}}, "'A B' is no name of a header"),
        ({"headers": {"A": f"{CANARY}\r\nB: 1"}}, "the value of 'A' cannot stand in a header"),
        ({"propagate_hosts": ["http://here"]}, "'http://here' is no host"),
        ({"sample_ratio": 1.5}, "tracing.sample_ratio"),
    ],
)
def test_settings_that_cannot_be(settings: Mapping[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(BootError) as caught:
        build_app(["tracing"], {"tracing": settings}, folder=tmp_path)
    assert fault in str(caught.value)
    if "endpoint" not in settings:
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://here:4318", "http://here:4318/v1/traces"),
        ("http://here:4318/", "http://here:4318/v1/traces"),
        ("https://here/otlp/v1/traces", "https://here/otlp/v1/traces"),
    ],
)
def test_where_spans_go(endpoint: str, url: str) -> None:
    from newel_tracing.config import TracingConfig

    assert TracingConfig(endpoint=endpoint).url == url
