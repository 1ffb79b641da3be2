"""One person's desk: the open screens, what lies above them, and the keys. It knows no terminal.

``press`` takes keys one by one and starts what they mean; ``canvas`` is what is to be seen. ``redraw`` of the owner is
called when that has changed without a key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import urwid

from newel.contracts.clock import Clock
from newel.contracts.tui import Level, Navigate
from newel.contracts.views import Listing
from newel.errors import NewelError
from newel_tui.actions import Action, ActionMap
from newel_tui.boxes.base import Box
from newel_tui.boxes.making import box_for
from newel_tui.boxes.questions import Question
from newel_tui.config import TuiConfig
from newel_tui.gateway import Gateway
from newel_tui.place import Place

T = TypeVar("T")


class _Layer:
    """A box above the others, and who waits for it."""

    def __init__(self, title: str, box: Box) -> None:
        self.title = title
        self.box = box
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Desk:
    """Keeps ``Host``."""

    def __init__(self, gateway: Gateway, config: TuiConfig, clock: Clock, redraw: Callable[[], None]) -> None:
        self.gateway = gateway
        self.config = config
        self.clock = clock
        self.size = (80, 24)
        self.map = ActionMap(config.keys)
        self.places: list[Place] = []
        self.layers: list[_Layer] = []
        self.toasts: list[tuple[str, Level]] = []
        self.done: list[str] = []
        """Request ids of what was done here, the last at the end: what ``u`` undoes."""
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.redraw = redraw
        self.clipboard: Callable[[str], None] = lambda text: None
        self.doing = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._frame: urwid.Frame[urwid.Widget, None, None] = urwid.Frame(urwid.SolidFill(" "))

    # -- screens --------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Opens the first screen."""
        await self.gateway.start()
        plugin, _, screen = self.config.home.partition("/")
        await self.navigate(Navigate(plugin=plugin, screen=screen or "main"), plugin)

    async def navigate(self, where: Navigate, plugin: str = "") -> None:
        """Opens a screen above the present one."""
        place = Place(self, where.plugin or plugin, where.screen or "main", where.params)
        session = await self.gateway.open(place.plugin, place.screen, place.params)
        self.places.append(place)
        try:
            await place.begin(session)
        except BaseException:
            if place in self.places:
                self.places.remove(place)
            raise
        self.redraw()

    async def went(self, place: Place, where: Navigate | None) -> None:
        """A session has ended, and may have named the next one."""
        if place in self.places:
            self.places.remove(place)
        if where is not None:
            await self.navigate(where, place.plugin)
        elif not self.places and not self.over.done():
            self.over.set_result(0)
        self.redraw()

    async def back(self) -> None:
        """Leaves what is on top."""
        if self.layers:
            self.finish(self.layers[-1].box, None)
            return
        if not self.places:
            return
        place = self.places[-1]
        if place.box is not None and not await place.box.leave():
            return
        await place.close()
        await self.went(place, None)

    # -- above the screens ----------------------------------------------------------------------------------------

    async def fill(self, title: str, box: Box) -> Any:
        layer = _Layer(title, box)
        self.layers.append(layer)
        self.redraw()
        try:
            return await layer.answer
        finally:
            self.layers.remove(layer)
            box.close()
            self.redraw()

    def above(self, box: Box) -> bool:
        return any(layer.box is box for layer in self.layers)

    def finish(self, box: Box, answer: Any) -> None:
        """A box above the others is done with."""
        for layer in self.layers:
            if layer.box is box and not layer.answer.done():
                layer.answer.set_result(answer)

    async def ask(self, title: str, message: str = "") -> bool:
        return bool(await self.fill(title, Question(self, self.places[-1], message)))

    async def pick(self, listing: Listing, *, many: bool = False) -> Sequence[Mapping[str, Any]] | None:
        found: Sequence[Mapping[str, Any]] | None = await self.fill(
            listing.title, box_for(self, self.places[-1], listing, picking="many" if many else "one")
        )
        return found

    def toast(self, message: str, level: Level = "info") -> None:
        self.toasts.append((message, level))
        self.redraw()

    def status(self, text: str) -> None:
        """What is going on, in the bottom line; empty: nothing."""
        self.doing = text
        self.redraw()

    def copy(self, text: str) -> None:
        self.clipboard(text)

    # -- work -----------------------------------------------------------------------------------------------------

    async def did(self, label: str, work: Awaitable[T]) -> T:
        """Awaits an act and remembers it for ``u``."""
        answer = await work
        self.done.append(self.gateway.last_request)
        return answer

    def start(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except NewelError as error:
                self.toast(error.detail, "error")

        task = asyncio.ensure_future(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Returns when nothing is under way: for tests."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # -- keys and drawing -----------------------------------------------------------------------------------------

    @property
    def top(self) -> Box | None:
        if self.layers:
            return self.layers[-1].box
        return self.places[-1].box if self.places else None

    def actions(self) -> list[Action]:
        """What can be done now: of the top box first."""
        mine = [Action(name="app.back", label="back", keys=("esc", "q"), run=self.back, hint=True)]
        return [*(self.top.actions() if self.top else ()), *mine]

    def press(self, key: str) -> None:
        top = self.top
        if top is not None and top.typing and top.keypress(self.size, key) is None:
            return
        action = self.map.find(key, self.actions())
        if action is not None and (work := action.run()) is not None:
            self.start(work)

    def canvas(self) -> urwid.Canvas:
        self._frame.body = self.top or urwid.SolidFill(" ")
        return self._frame.render(self.size, focus=True)

    def text(self) -> str:
        """What is seen, without colours."""
        return "\n".join(line.decode().rstrip() for line in self.canvas().text)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for place in reversed(self.places):
            await place.close()
        await self.gateway.close()
