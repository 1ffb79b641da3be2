"""A site to sit at, a desk without a terminal, and a terminal without a person."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyte
from attrs import define, evolve

from newel import Actor
from newel.app import App
from newel.contracts.clock import Clock
from newel.contracts.terminal import Gone, Input, Resized, Typed
from newel.manifest import Manifest
from newel.testing import FakeAudit, FakeClock, actor, make_app
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway.local import Catalogue, LocalGateway
from newel_tui.serving import serve

APPLICATION = re.compile(rb"\x1b_[^\x1b]*\x1b\\")
"""What no terminal shows, but the one below."""
ATTRIBUTES = b"\x1b[c"
START = TuiConfig(home="notes/main")


@define
class Someone:
    """Keeps ``Visitor``. ``who`` can be another one from one act to the next."""

    who: Actor | None
    door: str = "tui"
    ip: str | None = None

    async def actor(self) -> Actor | None:
        return self.who


class At:
    """Somebody at a desk: presses keys, sees text."""

    def __init__(self, desk: Desk, someone: Someone) -> None:
        self.desk = desk
        self.someone = someone
        self.copied: list[str] = []
        desk.clipboard = self.copied.append

    async def press(self, *keys: str) -> str:
        """Presses keys, each when the one before has done its work; answers what is seen then."""
        for key in keys:
            self.desk.press(key)
            await self.desk.settle()
        return self.text

    async def type(self, text: str) -> str:
        return await self.press(*text)

    @property
    def text(self) -> str:
        return self.desk.text()

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def said(self) -> list[str]:
        """The toasts that stand."""
        return [one.message for one in self.desk.toasts.notes]


@define
class Site:
    """A running application that people sit down at."""

    app: App
    clock: Clock
    catalogue: Catalogue
    _desks: list[Desk]

    def gateway(self, someone: Someone) -> LocalGateway:
        return LocalGateway(self.app, self.catalogue, someone)

    async def desk(
        self, who: Actor | None = None, *, width: int = 80, height: int = 24, config: TuiConfig = START, **changed: Any
    ) -> At:
        """A desk at its first screen. ``changed`` are settings."""
        someone = Someone(who or actor("admin"))
        config = evolve(config, **changed)
        desk = Desk(self.gateway(someone), config, self.clock, lambda: None, self.app.log)
        self._desks.append(desk)
        desk.resize(width, height)
        desk.start(desk.begin())
        await desk.settle()
        return At(desk, someone)

    async def serve(self, line: Line, who: Actor | None = None, *, config: TuiConfig = START, **changed: Any) -> int:
        """As a door does."""
        someone = Someone(who or actor("admin"))
        return await serve(self.gateway(someone), line, evolve(config, **changed), self.clock, self.app.log)

    async def close(self) -> None:
        for desk in self._desks:
            await desk.close()


@asynccontextmanager
async def site(
    *plugins: Manifest | str, folder: Path, clock: Clock | None = None, **options: Any
) -> AsyncIterator[Site]:
    """A site of those plugins, without a door."""
    clock = clock or FakeClock()
    async with make_app([FakeAudit.manifest, *plugins], folder=folder, clock=clock, **options) as app:
        made = Site(app, clock, Catalogue(app), [])
        try:
            yield made
        finally:
            await made.close()


class Line:
    """Keeps ``Terminal``: what is typed is put in, what is sent is drawn by a terminal of somebody else's making."""

    def __init__(self, width: int = 80, height: int = 24, **environment: str) -> None:
        self.size = (width, height)
        self.environment: Mapping[str, str] = {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | environment
        self.local = False
        self.sent = bytearray()
        self.writes: list[bytes] = []
        self.full = asyncio.Event()
        self.waiting = 0
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self._inputs: asyncio.Queue[Input] = asyncio.Queue()
        self._gone: Gone | None = None

    async def read(self) -> Input:
        if self._gone is not None:
            return self._gone
        one = await self._inputs.get()
        match one:
            case Gone():
                self._gone = one
            case Resized(width, height):
                self.size = (width, height)
        return one

    def write(self, data: bytes) -> None:
        self.sent += data
        self.writes.append(data)
        self._stream.feed(APPLICATION.sub(b"", data))
        if ATTRIBUTES in data:
            self.answer()

    def answer(self) -> None:
        """What it is was asked: every terminal says so."""
        self.type(b"\x1b[?62c")

    async def drained(self) -> None:
        await self.full.wait()
        self.waiting = 0

    def type(self, data: bytes | str) -> None:
        self._inputs.put_nowait(Typed(data.encode() if isinstance(data, str) else data))

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(height, width)
        self._inputs.put_nowait(Resized(width, height))

    def hang_up(self, why: str = "") -> None:
        self._inputs.put_nowait(Gone(why))

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    async def sees(self, text: str) -> str:
        """Waits until it is there; answers the screen."""
        for _ in range(400):
            if text in self.text:
                return self.text
            await asyncio.sleep(0.005)
        raise AssertionError(f"{text!r} is not seen:\n{self.text}")
