"""A terminal and a desk, for as long as somebody is there."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from attrs import evolve

from newel.contracts.clock import Clock
from newel.contracts.layout import harmless
from newel.contracts.terminal import Gone, Resized, Terminal, Typed
from newel_tui.config import TuiConfig
from newel_tui.desk import PARTING_SECONDS, Desk
from newel_tui.gateway import Gateway
from newel_tui.terminal.abilities import abilities
from newel_tui.terminal.answers import Report
from newel_tui.terminal.asking import Asking
from newel_tui.terminal.gallery import Gallery, Job
from newel_tui.terminal.keys import Heard, Keyboard, Mouse, Paste
from newel_tui.terminal.painter import END, MOUSE_OFF, MOUSE_ON, START, Painter

ESC_SECONDS = 0.05
"""After so long an ``esc`` is the key, and not the beginning of another."""
ANSWER_SECONDS = 1.0
"""A terminal that has been asked may answer so long in pieces; an ``esc`` that comes meanwhile may be its beginning."""
FRAME_SECONDS = 0.01
"""Between two draws, where there is much to draw."""
FULL = 64 << 10
"""Bytes that have not left: nothing is drawn until they have."""
AT_ONCE = 64
"""Keys after which others have their turn."""
LONGEST_COPY = 64 << 10
WARNING_SECONDS = 60


class Session:
    """Serves one desk to one terminal."""

    def __init__(
        self, gateway: Gateway, terminal: Terminal, config: TuiConfig, clock: Clock, log: logging.Logger
    ) -> None:
        self._terminal = terminal
        self._config = config
        self._clock = clock
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._keyboard = Keyboard()
        able = abilities(terminal.environment, config.colours)
        self._asking = Asking(terminal.environment, config.pictures, plain=able.colours == "none")
        self._gallery = Gallery(self._asking)
        self._painter = Painter(able, self._gallery)
        self._encoding: asyncio.Task[None] | None = None
        self._questions = self._asking.first
        """What is asked with the next frame."""
        self._asked = -ANSWER_SECONDS
        self._drawing: asyncio.Handle | None = None
        self._drawn = 0.0
        self._full: asyncio.Task[None] | None = None
        self._alone: asyncio.Task[None] | None = None
        self._typed_at = clock.monotonic()
        self._ended = False
        self._lent = False
        """A program of the person's own has the terminal."""
        if able.colours == "none" or not able.utf8:  # two pixels in a character are two colours, and no ASCII
            config = evolve(config, colours="none")
        self.desk = Desk(gateway, config, clock, self.wake, log)
        self.desk.cell = self._asking.pixels
        self.desk.clipboard = self._copy
        self.desk.repaint = self._repaint
        if terminal.local and (lent := getattr(terminal, "lent", None)) is not None:
            self.desk.lend = self._lending(lent)
        self.desk.resize(*terminal.size)

    async def run(self) -> int:
        """Until it is over; the terminal is as before then, however that came."""
        desk, terminal = self.desk, self._terminal
        terminal.write(START + (MOUSE_ON if self._config.mouse else b""))
        tasks = [asyncio.create_task(one) for one in (self._begin(), self._read(), self._idle())]
        try:
            self.wake()
            watched: list[asyncio.Future[Any]] = [desk.over, *tasks[1:]]
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks[1:]:
                if task.done() and not desk.over.done():
                    task.result()
            return desk.over.result() if desk.over.done() else 1
        finally:
            # A task of its own, so that who cancels this twice does not cut the keeping short.
            ending = asyncio.create_task(self._end(tasks))
            while not ending.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(ending)
            if (fault := ending.exception()) is not None:
                self._log.error("a session did not end well", exc_info=fault)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        try:
            for task in (*tasks, self._full, self._alone, self._encoding):
                if task is not None:
                    task.cancel()
            await self.desk.parting()
            with suppress(TimeoutError):
                async with asyncio.timeout(PARTING_SECONDS):
                    await self.desk.close()
        finally:
            self._ended = True
            if self._drawing is not None:
                self._drawing.cancel()
            told = f"{harmless(self.desk.farewell)}\r\n".encode() if self.desk.farewell else b""
            self._terminal.write(self._gallery.end() + (MOUSE_OFF if self._config.mouse else b"") + END + told)

    # -- what happens ---------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        self.desk.start(self.desk.begin())

    async def _read(self) -> None:
        desk, count = self.desk, 0
        while not desk.over.done():
            match await self._terminal.read():
                case Gone(why):
                    desk.finished(1, why)
                case Resized(width, height):
                    self._typed_at = self._clock.monotonic()  # somebody is there: they came back, or moved a window
                    self._painter.forget()  # terminals move what they show when their size changes
                    self._questions = self._questions or self._asking.resized
                    desk.resize(width, height)
                case Typed(data):
                    self._typed_at = self._clock.monotonic()
                    if self._alone is not None:
                        self._alone.cancel()
                    for heard in self._keyboard.feed(data):
                        self._hears(heard)
                        count += 1
                        if count % AT_ONCE == 0:
                            await asyncio.sleep(0)
                    if self._keyboard.partial:
                        self._alone = asyncio.create_task(self._decide())

    async def _decide(self) -> None:
        rest = 0.0 if self._asking.answered else self._asked + ANSWER_SECONDS - self._clock.monotonic()
        await self._clock.sleep(max(ESC_SECONDS, ANSWER_SECONDS if self._keyboard.answering else rest))
        for heard in self._keyboard.flush():
            self._hears(heard)

    def _hears(self, heard: Heard) -> None:
        match heard:
            case str():
                self.desk.press(heard)
            case Paste(text):
                self.desk.paste(text)
            case Mouse() if self._config.mouse:
                self.desk.click(heard.kind, heard.button, heard.column, heard.row)
            case Report(data):
                self._asking.hears(data, self._terminal.size)
                self.desk.cell = self._asking.pixels
        self.wake()

    async def _idle(self) -> None:
        """Ends the session of somebody who went away, and says so before."""
        limit = self._config.idle_minutes * 60
        warned = -1.0
        while True:
            if self._lent:  # whoever writes in an editor is there
                self._typed_at = self._clock.monotonic()
            rest = self._typed_at + limit - self._clock.monotonic()
            if rest <= 0:
                self.desk.finished(1, f"ended after {self._config.idle_minutes} minutes without a key")
                return
            if rest <= WARNING_SECONDS and warned != self._typed_at:
                warned = self._typed_at
                self.desk.toast("this session ends in a minute: press any key to stay", "warning")
            await self._clock.sleep(rest - WARNING_SECONDS if rest > WARNING_SECONDS else rest)

    # -- what is seen ---------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Draws soon: many changes are one draw."""
        if self._drawing is None and not self._ended:
            rest = self._drawn + FRAME_SECONDS - self._loop.time()
            self._drawing = self._loop.call_later(rest, self._draw) if rest > 0 else self._loop.call_soon(self._draw)

    def _draw(self) -> None:
        self._drawing = None
        if self._ended or self._lent or (self._full is not None and not self._full.done()):
            return
        if self._terminal.waiting > FULL:
            self._full = asyncio.create_task(self._when_drained())
            return
        try:
            data = self._painter.paint(self.desk.canvas())
        except Exception as error:  # noqa: BLE001 - what cannot be drawn ends this session and no other
            self._log.error("the terminal admin cannot be drawn", exc_info=error)
            self.desk.finished(1, "something failed; the log says what")
            return
        if self._questions:
            data, self._questions = data + self._questions, b""
            self._asked = self._clock.monotonic()
        if data:
            self._terminal.write(data)
        self._drawn = self._loop.time()
        if self._encoding is None and (job := self._gallery.job()) is not None:
            self._encoding = asyncio.create_task(self._encode(job))

    async def _encode(self, job: Job) -> None:
        """Beside the loop, and drawn again then: the picture is seen as characters meanwhile."""
        made = None
        try:
            made = await asyncio.to_thread(job.made)
        except Exception as error:  # noqa: BLE001 - it stays characters, and the session goes on
            self._log.error("a picture could not be made for a terminal", exc_info=error)
        self._gallery.take(job, made)
        self._encoding = None
        self.wake()

    async def _when_drained(self) -> None:
        await self._terminal.drained()
        self._full = None
        self.wake()

    def _lending(self, lent: Callable[[Callable[[], Any]], Awaitable[Any]]) -> Any:
        async def lend(work: Callable[[], Any]) -> Any:
            self._lent = True
            try:
                return await lent(work)
            finally:
                self._lent = False
                self._typed_at = self._clock.monotonic()
                self._repaint()

        return lend

    def _repaint(self) -> None:
        self._painter.forget()
        self.wake()

    def _copy(self, text: str) -> None:
        data = base64.b64encode(text.encode()[:LONGEST_COPY])
        self._terminal.write(b"\x1b]52;c;" + data + b"\x07")
