"""A name is asked for once, and the connection goes to what was checked, however often the answer changes."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest
from tests.builtin_plugins.egress.nameserver import naming, resolver
from tests.builtin_plugins.egress.world import HERE, PUBLIC, Got, Server, World, says, served, text, world

from newel.contracts.egress import EgressFailed, EgressRefused
from newel_egress.connecting import session

GOOD = "127.0.0.2"
"""What is allowed in these tests, beside ``HERE``, which is not: it holds what an attacker wants."""


def point(site: World, resolve: Any) -> None:
    plugin: Any = site.app.plugins["egress"]
    plugin.resolve = resolve


async def test_a_name_that_flips_after_the_check_is_called_where_it_was_checked() -> None:
    async with served(says(text(b"good")), GOOD) as good, served(says(text(b"SECRET")), HERE, good.port) as secret:
        async with world(good) as site, naming([GOOD], [HERE]) as names:
            point(site, resolver(names))
            url = f"http://rebind.example:{good.port}/"
            assert await site.fetch(url) == (200, b"good")
            assert names.asked == ["rebind.example"], "it is asked once a request"
            with pytest.raises(EgressRefused) as caught:
                await site.fetch(url)
            assert caught.value.extra == {"rule": "loopback"}
        assert [one.headers["host"] for one in good.got] == [f"rebind.example:{good.port}"]
        assert secret.got == []


async def test_one_public_address_does_not_excuse_another() -> None:
    async with served(says(text(b"SECRET"))) as secret, world(ports=[secret.port]) as site:
        for answers in ([PUBLIC, HERE], [HERE, PUBLIC]):
            async with naming(answers) as names:
                point(site, resolver(names))
                with pytest.raises(EgressRefused):
                    await site.fetch(f"http://both.example:{secret.port}/")
        assert secret.got == []


async def test_the_public_address_that_was_checked_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def connect(self: socket.socket, address: Any) -> None:
        called.append(address[0])
        raise ConnectionRefusedError

    async with (
        served(says(text(b"SECRET"))) as secret,
        world(ports=[secret.port]) as site,
        naming([PUBLIC], [HERE]) as names,
    ):
        asked = resolver(names)

        async def resolve(name: str, port: int) -> Any:
            found = await asked(name, port)
            monkeypatch.setattr(socket.socket, "connect", connect)  # only now: to ask is to connect, too
            return found

        point(site, resolve)
        with pytest.raises(EgressFailed):
            await site.fetch(f"http://rebind.example:{secret.port}/")
    assert called == [PUBLIC]
    assert secret.got == []


async def test_a_redirect_to_the_same_name_is_checked_anew() -> None:
    again = says(text(status=302, Location="/again"))
    async with served(again, GOOD) as good, served(says(text(b"SECRET")), HERE, good.port) as secret:
        async with world(good) as site, naming([GOOD], [HERE]) as names:
            point(site, resolver(names))
            with pytest.raises(EgressRefused, match="redirects to where it may not: its host has a loopback"):
                await site.fetch(f"http://rebind.example:{good.port}/", redirects=5)
            assert len(names.asked) == 2
        assert (len(good.got), secret.got) == (1, [])


async def test_a_connection_is_never_used_for_a_second_request() -> None:
    """Two names at one address, a server that would keep the connection: each request is checked and connects anew."""
    peers = set()

    async def behave(writer: Any, got: Got) -> None:
        peers.add(writer.get_extra_info("peername"))
        writer.write(text(b"x", Connection="keep-alive"))

    async with served(behave) as server, world(server, names={"a.example": [HERE], "b.example": [HERE]}) as site:
        for name in ("a", "b", "a", "a"):
            assert await site.fetch(f"http://{name}.example:{server.port}/") == (200, b"x")
        assert len(peers) == 4
        assert len(site.asked) == 4
        assert {one.headers["connection"] for one in server.got} == {"close"}


async def test_a_session_connects_to_nothing_else() -> None:
    """aiohttp does not ask a resolver for hosts that are addresses: the maker of sockets refuses then."""
    async with served(says(text(b"SECRET"))) as secret:
        async with session([GOOD], ssl.create_default_context()) as http:
            with pytest.raises(OSError, match="not an address that was checked"):
                await http.get(secret.url)
        assert secret.got == []


async def test_the_second_address_is_called_where_the_first_is_away() -> None:
    async with served(says(text(b"second")), GOOD) as good:
        server = Server(says(), HERE, good.port)
        async with world(good, server, names={"two.example": [HERE, GOOD]}) as site:
            assert await site.fetch(f"http://two.example:{good.port}/") == (200, b"second")
