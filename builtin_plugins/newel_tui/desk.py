"""One person's desk: the open screens, what lies above them, and the keys. It knows no terminal.

``press`` takes keys one by one and starts what they mean; ``canvas`` is what is to be seen. ``redraw`` is called when
that has changed without a key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import urwid

from newel.contracts.clock import Clock
from newel.contracts.tui import Level, Navigate
from newel.contracts.views import Form, Listing
from newel.errors import NewelError, NotFound, Unauthenticated
from newel_tui.actions import Action, ActionMap
from newel_tui.boxes.base import Box
from newel_tui.boxes.making import box_for
from newel_tui.boxes.questions import Question
from newel_tui.chrome import Chrome
from newel_tui.config import TuiConfig
from newel_tui.everywhere import everywhere
from newel_tui.gateway import Gateway, Offered
from newel_tui.place import Place
from newel_tui.pressed import Pressed
from newel_tui.toasts import Toasts
from newel_tui.watched import Watched
from newel_tui.work import Work

T = TypeVar("T")
PARTING_SECONDS = 3
DEEPEST = 100
"""Views of one screen that are left on the way to another; a plugin's session could have one more for ever."""


class Layer:
    """A box above the others, and who waits for it."""

    def __init__(self, title: str, box: Box) -> None:
        self.title = title
        self.box = box
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiter = asyncio.current_task()


class Desk:
    """Keeps ``Host``."""

    def __init__(
        self,
        gateway: Gateway,
        config: TuiConfig,
        clock: Clock,
        redraw: Callable[[], None],
        log: logging.Logger | None = None,
    ) -> None:
        self.config = config
        self.size = (80, 24)
        self.cell = (1, 2)
        """Pixels that pictures have in a character, across and down."""
        self.map = ActionMap(config.keys)
        self.places: list[Place] = []
        self.layers: list[Layer] = []
        self.menu: Sequence[Offered] = ()
        """The screens on offer."""
        self.history: list[str] = []
        """What was chosen in the palette, the last at the end."""
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.farewell = ""
        """A sentence for the person when it is over."""
        self.redraw = redraw
        self.repaint: Callable[[], None] = redraw
        """Draws all of the terminal anew."""
        self.clipboard: Callable[[str], None] = lambda text: None
        self.lend: Callable[[Callable[[], Any]], Awaitable[Any]] | None = None
        """Hands the terminal over, where it is on this machine."""
        self.doing = ""
        """What is going on, for the top line."""
        self._log = log or logging.getLogger("newel.tui")
        self.work = Work(clock, self._failed)
        self.clock: Clock = self.work.clock
        self.toasts = Toasts(self.clock, self._changed)
        self.watched = Watched(gateway, self._busy)
        self.gateway: Gateway = self.watched
        self.chrome = Chrome(self)
        self._pressed = Pressed(self)
        self._nobody = Place(self, "tui", "desk", {})

    def _changed(self) -> None:
        self.redraw()

    # -- screens --------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Opens the first screen: the one that is set, or the first that the person may open."""
        await self.gateway.start()
        await self.look()
        plugin, _, screen = self.config.home.partition("/")
        try:
            await self.navigate(Navigate(plugin=plugin, screen=screen or "main"))
        except Unauthenticated:
            raise
        except NewelError:
            for one in self.menu[:1]:
                await self.navigate(Navigate(plugin=one.plugin, screen=one.name))

    async def look(self) -> None:
        """Asks which screens there are."""
        self.menu = await self.gateway.screens()
        self.redraw()

    async def navigate(self, where: Navigate, plugin: str = "") -> None:
        """Opens a screen above the present one."""
        if where.page:
            where = self._page(where)
        place = Place(self, where.plugin or plugin, where.screen or "main", where.params)
        session = await self.gateway.open(place.plugin, place.screen, place.params)
        place.person = self.gateway.person
        self.places.append(place)
        try:
            await place.begin(session)
        except BaseException:
            if place in self.places:
                self.places.remove(place)
            raise
        self.redraw()

    def _page(self, where: Navigate) -> Navigate:
        plugin, _, screen = where.page.partition("/")
        for one in self.menu:
            if (one.plugin, one.name) == (plugin, screen or one.name) or one.name == where.page:
                return Navigate(plugin=one.plugin, screen=one.name, params=where.params)
        raise NotFound(f"there is no page '{where.page}'")

    async def went(self, place: Place, where: Navigate | None) -> None:
        """A session has ended, and may have named the next one."""
        if place in self.places:
            self.places.remove(place)
        if where is not None:
            await self.navigate(where, place.plugin)
        elif not self.places and place.stays:
            await self.navigate(Navigate(plugin=place.plugin, screen=place.screen, params=place.params))
        elif not self.places:
            self.finished(0)
        elif (uncovered := self.places[-1].box) is not None:
            self.start(uncovered.again())  # what was above may have changed what this shows
        self.redraw()

    async def back(self) -> None:
        """Leaves what is on top. The first screen stays, but for a form, which is where somebody was sent to write."""
        if self.layers:
            layer = self.layers[-1]
            if await layer.box.leave():
                self.finish(layer.box, None)
        elif self.places:
            place = self.places[-1]
            if len(self.places) > 1 or place.view != place.first or isinstance(place.view, Form):
                await self._leave(place)

    async def close_screen(self) -> None:
        """As ``back``, and asks before it leaves the first screen."""
        if self.layers or len(self.places) > 1:
            await self.back()
        elif await self.ask("Quit", "Leave the terminal admin?"):
            await self.quit()

    async def _leave(self, place: Place) -> None:
        if place.box is None or await place.box.leave():
            place.stays = len(self.places) == 1 and not isinstance(place.view, Form)
            await place.left()

    async def home(self) -> None:
        """Leaves all but the first screen, unless something unsaved is to stay."""
        await self.uncover(1)

    async def uncover(self, count: int) -> None:
        """Leaves the screens above the first ``count``, with all their views, unless something unsaved is to stay."""
        views = 0
        while len(self.places) > count and views < DEEPEST:
            place = self.places[-1]
            before, views = place.view, views + 1
            await self._leave(place)
            if place not in self.places:
                views = 0
            elif place.view == before:
                return

    async def quit(self) -> None:
        """Ends the session, unless something unsaved is to stay."""
        for box in [one.box for one in reversed(self.layers)] + [one.box for one in reversed(self.places)]:
            if box is not None and not await box.leave():
                return
        self.finished(0)

    def finished(self, code: int, farewell: str = "") -> None:
        if not self.over.done():
            self.farewell = farewell
            self.over.set_result(code)

    # -- above the screens ----------------------------------------------------------------------------------------

    @property
    def owner(self) -> Place:
        """Whose a box above the screens is."""
        return self.places[-1] if self.places else self._nobody

    async def fill(self, title: str, box: Box) -> Any:
        layer = Layer(title, box)
        self.layers.append(layer)
        self.redraw()
        self._pressed.later()
        try:
            with self.work.waiting():
                return await layer.answer
        finally:
            self.layers.remove(layer)
            self.forget(box)
            self._pressed.later()
            self.redraw()

    def above(self, box: Box) -> bool:
        return any(layer.box is box for layer in self.layers)

    def covered(self, box: Box) -> bool:
        return any(place.box is box for place in self.places[:-1])

    def finish(self, box: Box, answer: Any) -> None:
        """A box above the others is done with."""
        for layer in self.layers:
            if layer.box is box and not layer.answer.done():
                layer.answer.set_result(answer)
                self.work.wakes(layer.waiter)

    def forget(self, box: Box) -> None:
        """A box is not seen any more."""
        box.close()
        self.work.ended(box)

    async def ask(self, title: str, message: str = "") -> bool:
        return bool(await self.fill(title, Question(self, self.owner, message)))

    async def pick(self, listing: Listing, *, many: bool = False) -> Sequence[Mapping[str, Any]] | None:
        found: Sequence[Mapping[str, Any]] | None = await self.fill(
            listing.title, box_for(self, self.owner, listing, picking="many" if many else "one")
        )
        return found

    def toast(self, message: str, level: Level = "info") -> None:
        self.toasts.add(message, level)

    def status(self, text: str) -> None:
        """What is going on, in the top line; empty: nothing."""
        self.doing = text
        self.redraw()

    async def suspend(self, work: Callable[[], T]) -> T:
        if self.lend is None:
            raise NotFound("the terminal is not on this machine: no program of yours can have it")
        answer: T = await self.lend(work)
        return answer

    def copy(self, text: str) -> None:
        self.clipboard(text)

    # -- work -----------------------------------------------------------------------------------------------------

    async def did(self, label: str, work: Awaitable[T]) -> T:
        """Awaits an act, and looks whether the person's rights are still the same."""
        answer = await work
        self.start(self._rights())
        return answer

    async def _rights(self) -> None:
        place = self.owner
        if self.layers or place is self._nobody or place.person == self.gateway.person:
            return
        place.person = self.gateway.person
        await self.gateway.start()
        await self.look()
        self.toast("your rights have changed", "warning")
        if place.box is None or not place.box.typing:
            await self._again(place)

    async def _again(self, place: Place) -> None:
        await place.close()
        if place in self.places:
            self.places.remove(place)
        await self.navigate(Navigate(plugin=place.plugin, screen=place.screen, params=place.params))

    def start(self, work: Awaitable[None]) -> None:
        self.work.start(work, self.top)

    def _busy(self) -> None:
        self.chrome.busy()
        self.redraw()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Unauthenticated):
            self.finished(1, error.detail)
        elif isinstance(error, NewelError):
            self.toast(error.detail, "error")
        else:
            self.broke(self.owner.plugin, error)

    def broke(self, plugin: str, error: Exception) -> None:
        """A screen or a widget failed: it is told of without its text, which is the log's."""
        self._log.error("a screen failed", exc_info=error, extra={"plugin": plugin})
        self.toast(f"a screen of '{plugin}' failed; the log says why", "error")

    def drop(self, error: Exception) -> None:
        """What is on top cannot be drawn, or fell over a key: it goes."""
        self.broke(self.owner.plugin, error)
        if self.layers:
            self.finish(self.layers[-1].box, None)
            self.layers[-1].box._invalidate()
        elif self.places:
            place = self.places.pop()
            self.work.start(place.close())
            if not self.places:
                self.finished(1, "the first screen failed")

    async def settle(self) -> None:
        """Returns when nothing is under way, but what waits for the person or the clock: for tests."""
        await self.work.settled()

    # -- keys and drawing -----------------------------------------------------------------------------------------

    @property
    def top(self) -> Box | None:
        if self.layers:
            return self.layers[-1].box
        return self.places[-1].box if self.places else None

    def actions(self) -> list[Action]:
        """What can be done now: of the top box first."""
        return [*(self.top.actions() if self.top else ()), *everywhere(self)]

    def press(self, key: str) -> None:
        self._pressed.key(key)

    def paste(self, text: str) -> None:
        self._pressed.paste(text)

    def click(self, kind: str, button: int, column: int, row: int) -> None:
        """The mouse, where in the terminal it is."""
        self._pressed.click(kind, button, column, row)

    def resize(self, width: int, height: int) -> None:
        self.size = (max(1, width), max(1, height))
        self.redraw()

    @property
    def room(self) -> tuple[int, int]:
        """What a screen has to draw on."""
        return self.chrome.room

    def canvas(self) -> urwid.Canvas:
        return self.chrome.draw()

    def text(self) -> str:
        """What is seen, without colours."""
        return "\n".join(line.decode().rstrip() for line in self.canvas().text)

    # -- the end --------------------------------------------------------------------------------------------------

    async def parting(self) -> None:
        """Lets every box keep what was typed, for a moment."""
        boxes = [one.box for one in self.layers] + [one.box for one in self.places if one.box is not None]
        kept = [asyncio.ensure_future(box.parting()) for box in boxes]
        if not kept:
            return
        done, late = await asyncio.wait(kept, timeout=PARTING_SECONDS)
        for task in late:
            task.cancel()
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                self._log.warning("what was typed could not be kept", extra={"cause": str(error)})

    async def close(self) -> None:
        self.toasts.close()
        await self.work.close()
        for place in reversed(self.places):
            await place.close()
        self.places.clear()
        await self.gateway.close()
