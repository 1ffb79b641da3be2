from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any

import pytest

from newel import ANONYMOUS, Call
from newel.testing import FakeClock
from newel_lua.config import LuaConfig
from newel_lua.host.host import Host
from newel_lua.host.instance import Code, Instance
from newel_lua.model import Grants, Kind, LuaValue, Module, Run, Self


class Machine:
    """One plugin in a real worker, without the rest of a site."""

    def __init__(self, host: Host, instance: Instance, make_run: Callable[[Kind], Run]) -> None:
        self.host = host
        self.instance = instance
        self.make_run = make_run

    async def call(self, function: str | int, *arguments: LuaValue, kind: Kind = "route") -> LuaValue:
        return await self.host.call(self.instance, function, arguments, self.make_run(kind))

    def handler(self, what: str, **details: LuaValue) -> int:
        """The number of what was registered so."""
        (found,) = [
            one.id for one in self.instance.registrations if one.what == what and details.items() <= one.details.items()
        ]
        return found


Load = Callable[..., Awaitable[Machine]]


def run_of(plugin: Self, clock: FakeClock, kind: Kind = "route") -> Run:
    call = Call(actor=ANONYMOUS, door="test", request_id="r-1", now=clock.now())
    return Run(plugin=plugin, call=call, kind=kind, operations=1000)


@pytest.fixture
def lua_log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def load(clock: FakeClock) -> AsyncIterator[Load]:
    """``machine = await load("<init.lua>", modules=[...], needs=["kv"])``. Raises ``CallFailed``."""
    hosts: list[Host] = []

    async def enter(
        text: str,
        modules: Iterable[Module] = (),
        *,
        needs: Iterable[str] = (),
        settings: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        budget: int = 50_000_000,
        **config: Any,
    ) -> Machine:
        host = Host(LuaConfig(**config), modules, logging.getLogger("lua tests"))
        hosts.append(host)
        plugin = Self(name="tried", version="1.0.0", grants=Grants(needs=frozenset(needs)), settings=settings or {})

        def make_run(kind: Kind) -> Run:
            return run_of(plugin, clock, kind)

        whole = {"init.lua": text, **(files or {})}
        code = Code(
            name="tried", files={path: one.encode() for path, one in whole.items()}, memory=32 << 20,
            instructions=budget,
        )  # fmt: skip
        return Machine(host, await host.load(code, make_run), make_run)

    yield enter
    for host in hosts:
        await host.close()
