"""Who may scrape: the bearer of `metrics.token`, and who has `site.watch`."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.metrics.guest import TOKEN, scraped

from newel.errors import BootError

pytestmark = [pytest.mark.engines(), pytest.mark.needs_plugin("http")]


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        (TOKEN, 200, ""),
        ("admin-token", 200, ""),
        ("perm:site.watch", 200, ""),
        ("perm:site.read,content.read", 403, "forbidden"),
        ("perm:", 403, "forbidden"),
        (None, 401, "unauthenticated"),
        (TOKEN[:-1], 401, "unauthenticated"),
        (TOKEN + "x", 401, "unauthenticated"),
        (TOKEN.upper(), 401, "unauthenticated"),
    ],
)
async def test_who_may_scrape(token: str | None, status: int, code: str) -> None:
    async with scraped(token=token) as (_, client):
        answer = await client.get("/metrics")
        assert answer.status == status
        assert answer.headers["Cache-Control"] == "private, no-store"
        if status != 200:
            assert answer.json()["code"] == code
            assert b"newel_" not in answer.body


async def test_the_token_is_good_for_nothing_else_and_without_one_nobody_gets_in_by_it() -> None:
    async with scraped(plugins=["site", "plugins_admin"]) as (_, client):
        for path in ("/api/v1/site/health", "/api/v1/site/plugins"):
            assert (await client.get(path)).status == 401
    for sent in ("", " ", "x"):
        async with scraped(config={"metrics": {}}, token=sent) as (_, client):
            assert (await client.get("/metrics")).status == 401


async def test_what_the_address_answers() -> None:
    async with scraped() as (_, client):
        whole, head = await client.get("/metrics"), await client.request("HEAD", "/metrics")
        assert (head.status, head.body, head.headers["Content-Type"]) == (200, b"", whole.headers["Content-Type"])
        assert "Accept" in whole.headers["Vary"]
        assert (await client.request("POST", "/metrics")).status == 405
        assert (await client.get("/metrics?name=x")).status == 400
        for accept in ("*/*", "application/openmetrics-text;version=abc;q=0", ",;=,", "x" * 4000):
            answer = await client.get("/metrics", headers={"Accept": accept})
            assert (answer.status, answer.headers["Content-Type"][:10]) == (200, "text/plain")
        odd = await client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=abc"})
        assert (odd.status, odd.headers["Content-Type"][:28]) == (200, "application/openmetrics-text")


@pytest.mark.parametrize("token", ["short", "with a space in it", "ünïcödé-ünïcödé-ünïcödé", "line\nline-line-line"])
async def test_a_token_that_is_none_stops_the_start_and_is_not_told(token: str) -> None:
    with pytest.raises(BootError, match=r"metrics\.token: a token has 16") as caught:
        async with scraped(config={"metrics": {"token": token}}):
            raise AssertionError("it started")
    assert token not in str(caught.value)
