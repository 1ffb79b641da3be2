"""A host with one plugin and a module made for the test."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import define, field

from newel import SYSTEM, Call
from newel_lua.config import LuaConfig
from newel_lua.host.host import Host
from newel_lua.host.instance import Code, Instance
from newel_lua.model import Function, Grants, Kind, LuaFault, LuaRefused, Returns, Run, Self

MB = 1 << 20


async def until(condition: Callable[[], bool]) -> None:
    """Awaits what a process does, which no event tells."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a process sends no event
            await asyncio.sleep(0.001)


class Desk:
    """The module ``desk`` of the tests: it answers what the plugin said, waits, refuses."""

    name = "desk"

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.gate = asyncio.Event()
        self.functions: Mapping[str, Function] = {
            "say": self.say, "wait": self.wait, "refuse": self.refuse, "fault": self.fault,
            "two": self.two, "crash": self.crash, "huge": self.huge,
        }  # fmt: skip

    async def say(self, run: Run, arguments: Sequence[Any]) -> Any:
        self.said.append(list(arguments))
        return arguments[0] if arguments else None

    async def wait(self, run: Run, arguments: Sequence[Any]) -> Any:
        self.said.append("waits")
        await self.gate.wait()
        return "waited"

    async def refuse(self, run: Run, arguments: Sequence[Any]) -> Any:
        raise LuaRefused("not today", "closed")

    async def fault(self, run: Run, arguments: Sequence[Any]) -> Any:
        raise LuaFault("say takes a text")

    async def two(self, run: Run, arguments: Sequence[Any]) -> Any:
        return Returns((1, "two"))

    async def crash(self, run: Run, arguments: Sequence[Any]) -> Any:
        raise ZeroDivisionError("secret detail")

    async def huge(self, run: Run, arguments: Sequence[Any]) -> Any:
        return "x" * (17 * MB)


@define
class Bench:
    """What a test works with."""

    host: Host
    desk: Desk
    runs: list[Run] = field(factory=list)
    deaths: list[tuple[str, str]] = field(factory=list)

    def run(self, kind: Kind = "route", name: str = "a") -> Run:
        call = Call(actor=SYSTEM, door="test", request_id="r", now=datetime(2026, 1, 1, tzinfo=UTC))
        made = Run(plugin=Self(name=name, version="1", grants=Grants()), call=call, kind=kind, operations=1000)
        self.runs.append(made)
        return made

    def code(self, text: str, name: str = "a", memory: int = 8 * MB, **files: str) -> Code:
        paths = {"init.lua": text, **{path.replace("__", "/") + ".lua": one for path, one in files.items()}}
        return Code(
            name=name, files={path: one.encode() for path, one in paths.items()}, memory=memory, instructions=20_000_000
        )

    async def load(self, text: str, name: str = "a", **details: Any) -> Instance:
        return await self.host.load(self.code(text, name, **details), lambda kind: self.run(kind, name))

    async def call(self, instance: Instance, target: Any, *arguments: Any, kind: Kind = "route", **details: Any) -> Any:
        return await self.host.call(instance, target, arguments, self.run(kind, instance.code.name), **details)


Begin = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """Makes a host with these settings: ``bench = await begin(calls=2)``."""
    made: list[Bench] = []

    async def one(**settings: Any) -> Bench:
        desk = Desk()
        bench = Bench(Host(LuaConfig(**settings), [desk], logging.getLogger("test")), desk)
        bench.host.died = lambda name, why: bench.deaths.append((name, why))
        made.append(bench)
        return bench

    yield one
    for bench in made:
        await bench.host.close()
