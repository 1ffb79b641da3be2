from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import frozen
from tests.builtin_plugins.lua.conftest import run_of

from newel.testing import FakeClock, FakeEgress, make_app
from newel.testing.fakes import plugin_of
from newel_lua.model import Grants, Kind, LuaValue, Self
from newel_lua.modules.request import RequestModule

NEEDS = frozenset({"net:api.example.org", "net:other.example.org", "net:localhost", "kv"})


@frozen
class Outside:
    """A plugin that may call two domains, and what answers there."""

    module: RequestModule
    egress: FakeEgress
    clock: FakeClock
    log: io.StringIO

    async def send(
        self, *args: LuaValue, kind: Kind = "route", name: str = "shop", needs: frozenset[str] = NEEDS
    ) -> Any:
        plugin = Self(name=name, version="1.0.0", grants=Grants(needs=needs))
        return await self.module.send(run_of(plugin, self.clock, kind), args)

    async def get(self, url: str, **options: LuaValue) -> Any:
        return await self.send("GET", url, options)


@pytest.fixture
async def outside(clock: FakeClock) -> AsyncIterator[Outside]:
    async with make_app([FakeEgress.manifest], clock=clock) as app:
        egress = plugin_of(app, "fake_egress")
        log = io.StringIO()
        made = logging.Logger("lua", "DEBUG")  # noqa: LOG001 - of this test alone
        made.addHandler(logging.StreamHandler(log))
        yield Outside(RequestModule(lambda: egress, clock, made), egress, clock, log)
