"""What the person sends: keys, pastes and clicks, each to the box that was seen when it came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from newel.contracts.layout import harmless
from newel_tui.actions import Action
from newel_tui.boxes.base import Box

if TYPE_CHECKING:
    from newel_tui.desk import Desk

AHEAD = 512
"""Keys that wait for an act to end."""
WHEEL_UP, WHEEL_DOWN = 4, 5
MC_KEYS = {"f3": "enter", "f4": "e", "f5": "c", "f6": "m", "f7": "n", "f8": "d"}
"""What these keys mean where nothing else has them: for hands that know Midnight Commander."""
ALWAYS = ("app.quit", "app.redraw")
"""Done at once, whatever is under way; so is what stops it: actions called ``<...>.stop``."""


class Pressed:
    """Typed while an act is under way: done after it, if the box is still there; never at another one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._acts: set[asyncio.Task[None]] = set()
        self._ahead: deque[tuple[Box | None, Callable[[], None]]] = deque()
        self._soon = False

    def key(self, key: str) -> None:
        desk = self._desk
        desk.toasts.seen()
        if self._acting:
            action = desk.map.find(key, desk.actions())
            if action is None or not (action.name in ALWAYS or action.name.endswith(".stop")):
                self._later(lambda: self._press(key))
                return
        self._press(key)

    def paste(self, text: str) -> None:
        if self._acting:
            self._later(lambda: self._paste(text))
        else:
            self._paste(text)

    def click(self, kind: str, button: int, column: int, row: int) -> None:
        """What is not a press of the first button or a turn of the wheel, or is beside the top box and the hints, does
        nothing; so does what comes while an act is under way: it was meant for what was seen then."""
        desk = self._desk
        if kind != "press" or button not in (1, WHEEL_UP, WHEEL_DOWN):
            return
        action = desk.chrome.hinted(column, row) if button == 1 else None
        desk.toasts.seen()
        if self._acting or desk.top is None:
            return
        left, top, width, height = desk.chrome.spot
        if action is not None:
            self._does(action)
        elif left <= column < left + width and top <= row < top + height:
            if button != 1:
                self._press("up" if button == WHEEL_UP else "down")
                return
            try:
                key = desk.top.pointed(column - left, row - top)
            except Exception as error:  # noqa: BLE001 - a widget's fault ends its screen, not the session
                desk.drop(error)
                return
            if key:
                self._press(key)

    # -- now ------------------------------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        desk = self._desk
        top = desk.top
        try:
            typing = top is not None and top.typing
            if top is not None and typing and top.keypress(desk.chrome.spot[2:], key) is None:
                return
            actions = desk.actions()
            if typing and len(key) == 1:
                actions = [one for one in actions if not one.name.startswith("app.")]
            action = desk.map.find(key, actions)
            if action is None and key in MC_KEYS:
                action = desk.map.find(MC_KEYS[key], actions)
        except Exception as error:  # noqa: BLE001 - a widget's fault ends its screen, not the session
            desk.drop(error)
            return
        if action is not None:
            self._does(action)

    def _does(self, action: Action) -> None:
        try:
            work = action.run()
        except Exception as error:  # noqa: BLE001 - a widget's fault ends its screen, not the session
            self._desk.drop(error)
            return
        if work is not None:
            task = self._desk.work.start(work)
            self._acts.add(task)
            task.add_done_callback(self._over)

    def _paste(self, text: str) -> None:
        if self._desk.top is not None:
            try:
                self._desk.top.pasted(inert(text))
            except Exception as error:  # noqa: BLE001 - a widget's fault ends its screen, not the session
                self._desk.drop(error)

    # -- later ----------------------------------------------------------------------------------------------------

    @property
    def _working(self) -> bool:
        return any(not self._desk.work.waits(task) for task in self._acts)

    @property
    def _acting(self) -> bool:
        return self._working or any(box is self._desk.top for box, _ in self._ahead)

    def _later(self, what: Callable[[], None]) -> None:
        if len(self._ahead) >= AHEAD:
            self._desk.toast("too many keys at once: some were left out", "warning")
            return
        self._ahead.append((self._desk.top, what))
        self.later()

    def _over(self, task: asyncio.Task[None]) -> None:
        self._acts.discard(task)
        self.later()

    def later(self) -> None:
        """Something ended or opened: does what waits, when the loop comes round."""
        if self._ahead and not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        self._soon = False
        desk, kept, dropped = self._desk, deque[tuple[Box | None, Callable[[], None]]](), 0
        while self._ahead and not self._working:
            box, what = self._ahead.popleft()
            if box is desk.top:
                what()
            elif desk.layers and box in (desk.owner.box, *(one.box for one in desk.layers)):
                kept.append((box, what))  # its box is seen again when the question above it is answered
            else:
                dropped += 1
        self._ahead.extendleft(reversed(kept))
        if dropped:
            desk.toast(f"{dropped} keys typed before this was open were left out", "warning")
        desk.redraw()


def inert(text: str) -> str:
    """A paste without what a terminal would obey; its lines stay lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(harmless(line) for line in lines)
