"""Nothing that a client sends becomes a series: after thousands of random requests there are as many as before."""

from __future__ import annotations

import asyncio
import random
from urllib.parse import urlsplit

import pytest
from tests.builtin_plugins.metrics.guest import Samples, read_text, samples_of, scraped

from newel.testing import Client, FakeClock

pytestmark = [pytest.mark.engines(), pytest.mark.needs_plugin("http")]
REQUESTS = 3000
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "PURGE", "REPORT")
PATHS = (
    "/", "/livez", "/metrics", "/media/", "/api/v1/", "/api/v1/openapi.json", "/api/v1/site/plugins",
    "/api/v1/site/plugins/", "/api/v1/site/plugins/a/enable",
)  # fmt: skip


def request(dice: random.Random) -> bytes:
    """One that is well formed, of a random method, path, query and headers. Tokens are wrong."""
    path = dice.choice(PATHS) + "".join(dice.choices("abcXYZ019-_.~/%2f", k=dice.randrange(30)))
    query = f"?{dice.random()}={dice.random()}" if dice.random() < 0.3 else ""
    lines = [f"{dice.choice(METHODS)} {path}{query} HTTP/1.1", "Host: x"]
    if dice.random() < 0.2:
        lines.append(f"Authorization: Bearer {dice.random()}")
    if dice.random() < 0.3:
        lines.append(f"X-{dice.randrange(10**9)}: {dice.random()}")
    if dice.random() < 0.2:
        lines += [
            f"X-Request-Id: r{dice.random()}",
            f"User-Agent: {dice.random()}",
            f"X-Forwarded-For: {dice.random()}",
        ]
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


async def sent(url: str, requests: list[bytes]) -> int:
    """Sends them down one connection after another; answers how many were answered."""
    parts, answered = urlsplit(url), 0
    for at in range(0, len(requests), 50):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        batch = requests[at : at + 50]
        writer.write(b"".join(batch) + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered += (await reader.read(-1)).count(b"HTTP/1.1 ") - 1
        writer.close()
    return answered


async def told(client: Client, clock: FakeClock) -> Samples:
    await clock.advance(2)
    return samples_of(read_text((await client.get("/metrics")).body))


async def test_random_requests_make_no_series() -> None:
    """E9.42: nobody fills the memory of whoever scrapes."""
    clock, dice = FakeClock(), random.Random(8)
    config = {"http": {"access_log": False}}
    async with scraped(clock=clock, plugins=["plugins_admin"], config=config) as (_, client):
        plain = [
            f"{method} {path}{query} HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 0\r\n\r\n".encode()
            for method in METHODS for path in PATHS for query in ("", "a", "?a=b")
            for token in ("", "Authorization: Bearer x\r\n")
        ]  # fmt: skip
        assert await sent(client.url, plain) == len(plain)
        assert (await client.get("/metrics")).status == 200
        assert await sent(client.url, [b"BREW /pot HTCPCP/1.0\r\n\r\n"]) == 0
        before = await told(client, clock)
        assert await sent(client.url, [request(dice) for _ in range(REQUESTS)]) == REQUESTS
        for number in range(20):
            assert await sent(client.url, [f"X{number} /{number} HTTP/1.1\r\n\r\n".encode()]) == 0
        after = await told(client, clock)
        assert after.keys() == before.keys()
        http = [(name, dict(labels)) for name, labels in after if name == "newel_http_requests_total"]
        assert {labels["operation"] for _, labels in http} <= {
            "none", "/", "/livez", "/metrics", "plugins.list", "plugins.get", "plugins.enable", "/api/v1/openapi.json",
        }  # fmt: skip
        assert {labels["method"] for _, labels in http} <= {*METHODS[:7], "other"}
        count = sum(value for (name, _), value in after.items() if name == "newel_http_requests_total")
        assert count >= REQUESTS


async def test_operations_that_come_and_go_for_years_do_not_add_up() -> None:
    from newel.context import PUBLIC
    from newel_http.figures import Traffic
    from newel_http.router import Entry

    async def handle(_: object) -> None:
        raise AssertionError

    traffic = Traffic()
    for number in range(3000):
        entry = Entry(method="GET", path=f"/p{number}", owner="x", needs=PUBLIC, handle=handle)  # type: ignore[arg-type]  # never called
        traffic.count("GET", entry, 200 + number % 4 * 100, 0.01, 1)
    assert len(traffic.answered()) <= 1000
    assert len(traffic.timings()) <= 1000
    assert sum(traffic.answered().values()) == 3000
