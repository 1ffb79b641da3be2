"""Redirects are followed by hand, and each is checked like the first."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.egress.world import HERE, says, served, text, world

from newel.contracts.egress import EgressFailed, EgressRefused, Outgoing

OTHER = "127.0.0.2"


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("http://{other}/", "loopback"),
        ("//{other}/", "loopback"),
        ("http://localhost:{port}/", "local_name"),
        ("http://2130706434:{port}/", "loopback"),
        ("http://[::ffff:127.0.0.2]:{port}/", "loopback"),
        ("http://inside.example:{port}/", "private"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://127.0.0.1:22/", "port"),
        ("http://user:pass@127.0.0.1:{port}/", "userinfo"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1:{port}/_x", "scheme"),
        ("http://127.0.0.1:{port}\\@example.com/", "url"),
        ("http://[", "url"),
    ],
)
async def test_where_a_redirect_may_not_lead(location: str, rule: str) -> None:
    async with served(says()) as server, served(says(text(b"SECRET")), OTHER) as secret:
        given = location.format(other=f"{OTHER}:{secret.port}", port=server.port)
        server.behave = says(text(b"", 302, Location=given))
        async with world(server, names={"inside.example": ["10.0.0.1"]}, ports=[server.port, secret.port]) as site:
            with pytest.raises(EgressRefused) as caught:
                await site.fetch(f"{server.url}/", redirects=3)
            assert caught.value.extra == {"rule": rule}
            assert "redirects" in caught.value.detail
            assert OTHER not in caught.value.detail, "what was found there is not told"
        assert (len(server.got), secret.got) == (1, [])


async def test_a_circle_is_left() -> None:
    pages = says(a=text(status=301, Location="b"), b=text(status=308, Location="/a"))
    async with served(pages) as server, world(server) as site:
        with pytest.raises(EgressFailed, match="more than 4 times"):
            await site.fetch(f"{server.url}/a", redirects=4)
    assert [one.path for one in server.got] == ["/a", "/b", "/a", "/b", "/a"]


@pytest.mark.parametrize(
    "details", [{"method": "POST"}, {"body": b"x"}, {"method": "DELETE"}, {"redirects": 0}, {"redirects": -1}]
)
async def test_what_is_not_followed(details: dict[str, object]) -> None:
    async with served(says(text(b"there", 307, Location="/b"))) as server, world(server) as site:
        assert await site.fetch(f"{server.url}/a", **{"redirects": 5, **details}) == (307, b"there")
    assert len(server.got) == 1


async def test_credentials_stay_with_the_origin_that_they_were_for() -> None:
    secrets = {"Authorization": "Bearer abc", "Cookie": "a=b", "X-Api-Key": "k", "X-Hub-Signature": "s"}
    async with served(says(text(b"end")), OTHER) as second:
        away = text(status=302, Location=f"{second.url}/end")
        async with served(says(a=text(status=302, Location="/b"), b=away)) as first, world(first, second) as site:
            got = Outgoing(url=f"{first.url}/a", redirects=2, headers={**secrets, "Accept": "text/plain"})
            async with site.egress.send(got) as answer:
                assert (answer.url, await answer.read()) == (f"{second.url}/end", b"end")
    names = {name.lower() for name in secrets}
    assert all(names <= {*one.headers} for one in first.got)
    assert len(first.got) == 2
    assert not names & {*second.got[0].headers}
    assert second.got[0].headers["accept"] == "text/plain"
    assert "referer" not in second.got[0].headers


async def test_another_port_is_another_origin() -> None:
    async with served(says(text(b"end"))) as second, served(says()) as first, world(first, second) as site:
        first.behave = says(text(status=302, Location=second.url))
        await site.fetch(first.url, redirects=1, headers={"Authorization": "Basic eDp5"})
    assert "authorization" in first.got[0].headers
    assert "authorization" not in second.got[0].headers


async def test_cookies_are_not_kept() -> None:
    pages = says(a=text(status=302, Location="/b", Set_Cookie="a=1; Path=/"), b=text(b"end", Set_Cookie="b=2"))
    async with served(pages) as server, world(server) as site:
        for _ in range(2):
            await site.fetch(f"{server.url}/a", redirects=1)
    assert len(server.got) == 4
    assert not [one for one in server.got if "cookie" in one.headers]


async def test_a_location_of_letters_is_encoded() -> None:
    there = "/\u00fcber".encode().decode("latin-1")  # as UTF-8 on the wire
    pages = says(a=text(status=302, Location=there), **{"%C3%BCber": text(b"end")})
    async with served(pages) as server, world(server) as site:
        assert await site.fetch(f"http://{HERE}:{server.port}/a", redirects=1) == (200, b"end")
