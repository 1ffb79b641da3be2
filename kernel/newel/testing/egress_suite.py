"""``EgressSuite``: what callers may rely on of an ``Egress``, as tests. ``FakeEgress`` has to pass it too.

.. code-block:: python

    class TestMyEgress(EgressSuite):
        def make(self, pages):
            return my_egress_with_a_server(pages)  # an async context manager that yields (egress, "http://host:port")
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

import pytest

from newel.contracts.egress import Egress, EgressFailed, EgressRefused, Outgoing
from newel.testing.egress import Page

PAGES = {
    "/hello": Page(b"hello", headers={"X-Kind": "greeting", "Content-Type": "text/plain"}),
    "/gone": Page(b"nothing", 404),
    "/long": Page(b"x" * 5000),
    "/to-hello": Page(status=302, headers={"Location": "/hello"}),
    "/round": Page(status=302, headers={"Location": "/round"}),
}


class EgressSuite:
    """Subclass it and give ``make``."""

    pytestmark = pytest.mark.asyncio
    refused: ClassVar[str] = "http://10.0.0.1/"
    """What it refuses to call."""
    unreachable: ClassVar[str]
    """Where nobody listens, but which may be called."""

    def make(self, pages: Mapping[str, Page]) -> AbstractAsyncContextManager[tuple[Egress, str]]:
        """A client, and the address of a server with these pages that it may call."""
        raise NotImplementedError("give your suite a make(self, pages)")

    async def test_an_answer_has_status_headers_and_body(self) -> None:
        async with self.make(PAGES) as (egress, base):
            async with egress.send(Outgoing(url=f"{base}/hello")) as answer:
                assert (answer.status, answer.url) == (200, f"{base}/hello")
                assert answer.headers["x-kind"] == "greeting"
                assert await answer.read() == b"hello"
            async with egress.send(Outgoing(url=f"{base}/hello", method="HEAD")) as answer:
                assert (answer.status, await answer.read()) == (200, b"")

    async def test_an_error_of_the_server_is_an_answer(self) -> None:
        async with (
            self.make(PAGES) as (egress, base),
            egress.send(Outgoing(url=f"{base}/gone", method="POST", body=b"{}")) as answer,
        ):
            assert (answer.status, await answer.read()) == (404, b"nothing")

    async def test_a_body_may_be_so_long(self) -> None:
        async with self.make(PAGES) as (egress, base):
            async with egress.send(Outgoing(url=f"{base}/long", max_bytes=5000)) as answer:
                assert len(await answer.read()) == 5000
            async with egress.send(Outgoing(url=f"{base}/long", max_bytes=4999)) as answer:
                assert answer.status == 200, "who does not read has no trouble"
                with pytest.raises(EgressFailed, match="4999"):
                    await answer.read()

    async def test_redirects_are_followed_as_often_as_asked(self) -> None:
        async with self.make(PAGES) as (egress, base):
            async with egress.send(Outgoing(url=f"{base}/to-hello")) as answer:
                assert (answer.status, answer.headers["location"]) == (302, "/hello")
            async with egress.send(Outgoing(url=f"{base}/to-hello", redirects=1)) as answer:
                assert (answer.status, answer.url, await answer.read()) == (200, f"{base}/hello", b"hello")
            async with egress.send(Outgoing(url=f"{base}/to-hello", redirects=1, method="POST")) as answer:
                assert answer.status == 302
            with pytest.raises(EgressFailed, match="more than 3 times"):
                async with egress.send(Outgoing(url=f"{base}/round", redirects=3)):
                    pass

    async def test_what_is_refused(self) -> None:
        async with self.make(PAGES) as (egress, base):
            await egress.check(f"{base}/hello")
            with pytest.raises(EgressRefused):
                await egress.check(self.refused)
            with pytest.raises(EgressRefused):
                async with egress.send(Outgoing(url=self.refused)):
                    pass

    async def test_what_cannot_be_reached(self) -> None:
        async with self.make(PAGES) as (egress, _):
            with pytest.raises(EgressFailed):
                async with egress.send(Outgoing(url=self.unreachable)):
                    pass
