"""The real client and the fake one keep the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.builtin_plugins.egress.world import HERE, Got, served, text, world

from newel.contracts.egress import Egress, EgressRefused
from newel.testing import FakeEgress, Page, make_app
from newel.testing.egress_suite import EgressSuite
from newel.testing.fakes import plugin_of


class TestEgress(EgressSuite):
    unreachable = f"http://{HERE}:1/"

    @asynccontextmanager
    async def make(self, pages: Mapping[str, Page]) -> AsyncIterator[tuple[Egress, str]]:
        async def behave(writer: asyncio.StreamWriter, got: Got) -> None:
            page = pages[got.path]
            whole = text(page.body, page.status, **page.headers)
            writer.write(whole if not got.line.startswith("HEAD") else whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")

        async with served(behave) as server, world(server, ports=[server.port, 1]) as site:
            yield site.egress, server.url


class TestFakeEgress(EgressSuite):
    unreachable = "http://away.example/"

    @asynccontextmanager
    async def make(self, pages: Mapping[str, Page]) -> AsyncIterator[tuple[Egress, str]]:
        base = "http://pages.example"
        async with make_app([FakeEgress.manifest]) as app:
            fake = plugin_of(app, "fake_egress")
            fake.pages |= {base + path: page for path, page in pages.items()}
            fake.pages[self.refused] = EgressRefused("its host has an address in a private network")
            yield app.need(Egress), base
            assert fake.requests
