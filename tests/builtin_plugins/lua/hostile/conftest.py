"""The corpus, a host with small limits, a neighbour who wants to be left alone, and what became of an attack."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from attrs import define, evolve, frozen
from tests.builtin_plugins.lua.host.conftest import MB, Bench, Desk

from newel_lua.config import LuaConfig
from newel_lua.faults import CallFailed, Exceeded, LuaError, TimedOut
from newel_lua.host.host import Host
from newel_lua.host.instance import Instance
from newel_lua.model import Function, Kind, Run

CORPUS = Path(__file__).parent / "corpus"
HEAD = re.compile(r"-- (?P<what>.+)\. Expect(?P<at> at load| in a before-hook)?: (?P<ends>[a-z ]+)\n")
MEMORY = 8 * MB
INSTRUCTIONS = 5_000_000


@frozen
class Attack:
    name: str
    what: str
    at: str
    """Where it strikes: ``load``, ``before`` (a hook) or ``route``."""
    ends: frozenset[str]
    """How it may end: ``contained`` (that is its answer), ``done``, ``error``, ``time``, or as ``Exceeded`` says."""
    text: str

    @property
    def kills(self) -> bool:
        """Whether the whole process ends with it."""
        return "processor" in self.ends


def read(file: Path) -> Attack:
    text = file.read_text("utf-8")
    head = HEAD.match(text)
    assert head is not None, f"{file.name} does not say what it is and how it ends"
    at = {" at load": "load", " in a before-hook": "before", None: "route"}[head["at"]]
    return Attack(file.stem, head["what"], at, frozenset(head["ends"].split(" or ")), text)


ATTACKS = [read(file) for file in sorted(CORPUS.glob("*.lua"))]


class HostileDesk(Desk):
    """Answers a text twice; calls the plugin again while it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.again: dict[str, Callable[[str], Awaitable[Any]]] = {}
        self.functions = {**self.functions, "say": self.say, "double": self.double, "nudge": self.nudge}

    async def say(self, run: Run, arguments: Sequence[Any]) -> Any:
        del self.said[5:]  # it is told a great deal
        return await super().say(run, arguments)

    async def double(self, run: Run, arguments: Sequence[Any]) -> Any:
        return arguments[0] * 2

    async def nudge(self, run: Run, arguments: Sequence[Any]) -> Any:
        return await self.again[run.plugin.name](arguments[0])


class Log:
    """The module ``log``, which counts."""

    name = "log"

    def __init__(self) -> None:
        self.lines = 0
        self.functions: Mapping[str, Function] = {"info": self.info}

    async def info(self, run: Run, arguments: Sequence[Any]) -> Any:
        self.lines += 1


@define(kw_only=True)
class Ring(Bench):
    """A host in which an attacker and a neighbour sit in one process."""

    desk: HostileDesk
    log: Log
    neighbour: Instance | None = None

    async def undisturbed(self) -> None:
        assert self.neighbour is not None
        assert await self.call(self.neighbour, "fine", 1) == ["fine", 2, "xxx"]

    async def strike(self, attack: Attack) -> tuple[str, Instance | None]:
        """How it ended, and who struck (``None``: it was never loaded)."""
        try:
            attacker = await self.loaded(attack)
        except CallFailed as error:
            return ending(error), None
        return await self.struck(attack, attacker), attacker

    async def loaded(self, attack: Attack) -> Instance:
        name = f"x_{attack.name}"
        code = self.code(attack.text + "\nfunction hello() return 'hello' end\n", name, memory=MEMORY)
        code = evolve(code, instructions=INSTRUCTIONS)
        attacker = await self.host.load(code, lambda kind: self.run(kind, name))
        self.desk.again[name] = lambda target: self.call(attacker, target)
        return attacker

    async def struck(self, attack: Attack, attacker: Instance) -> str:
        kind: Kind = "before" if attack.at == "before" else "route"
        try:
            answer = await self.call(attacker, "attack", kind=kind, seconds=0.2 if "time" in attack.ends else 30.0)
        except CallFailed as error:
            return ending(error)
        return "contained" if answer == "contained" else "done"

    def largest(self) -> int:
        """Bytes that the largest of the workers takes."""
        return max((int(psutil.Process(pid).memory_info().rss) for pid in self.host.pids), default=0)


def ending(error: CallFailed) -> str:
    match error:
        case Exceeded():
            return error.what
        case TimedOut():
            return "time"
        case LuaError():
            return "error"
    return type(error).__name__


NEIGHBOUR = """
calls = 0
function fine(n)
  calls = calls + 1
  assert(getmetatable("") == "protected" and tostring(1) == "1" and type(_G) == "table")
  return {"fine", n + 1, ("x"):rep(3)}
end
"""


async def entered(config: LuaConfig) -> Ring:
    """A ring with a neighbour in it; its host is to be closed."""
    desk, log = HostileDesk(), Log()
    begun = Ring(host=Host(config, [desk, log], logging.getLogger("test")), desk=desk, log=log)
    begun.host.died = lambda name, why: begun.deaths.append((name, why))
    begun.neighbour = await begun.load(NEIGHBOUR, "neighbour")
    return begun


@pytest.fixture
async def ring() -> AsyncIterator[Callable[..., Awaitable[Ring]]]:
    """Makes one: ``await ring(cpu_seconds=0.2)``."""
    made: list[Ring] = []

    async def one(**settings: Any) -> Ring:
        begun = await entered(LuaConfig(**settings))
        made.append(begun)
        return begun

    yield one
    for ended in made:
        await ended.host.close()
