"""A layout on the screen, and its session at the keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from newel.contracts.layout import Grid
from newel.contracts.tui import Event, Focus, Key, Resize, Tick
from newel.contracts.views import Form, Listing, Sheet, View
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner
from newel_tui.boxes.drawing import Painter, Spans
from newel_tui.boxes.layout.frames import framed, together
from newel_tui.boxes.layout.pictures import style
from newel_tui.boxes.layout.places import Placed, placed
from newel_tui.boxes.layout.primitives import Lines, lines_of
from newel_tui.boxes.timing import Timers

AHEAD = 256
"""Events that wait while the session is at work."""
OURS = ("ctrl+c", "ctrl+l", "f1", "f2", "f10")
"""Keys that stay the desk's, unless a hint of the layout names them."""


class LayoutBox(Box):
    """Keys go to the session, one at a time, in the order in which they came."""

    typing = True

    def __init__(self, host: Host, owner: Owner, view: View) -> None:
        super().__init__(host, owner, view, Painter(self._paint))
        self.panel = 0
        self._events: deque[Event] = deque()
        self._sending = False
        self._closed = False
        self._tops: dict[int, int] = {}
        self._timers = Timers(host.clock)
        self._tick()

    @property
    def panels(self) -> int:
        return sum(len(column.cells) for column in self.view.columns) if isinstance(self.view, Grid) else 1

    def show(self, view: View) -> bool:
        if isinstance(view, Listing | Form | Sheet):
            return False
        self.view = view
        self.panel = min(self.panel, max(0, self.panels - 1))
        self._tick()
        return True

    def actions(self) -> Sequence[Action]:
        """The session's own hints: they are told, and pressed like any key."""
        hints = self.view.hints if isinstance(self.view, Grid) else ()
        name = f"{self.owner.plugin}.{self.owner.screen}"
        return [
            Action(name=f"{name}.{one.label}", label=one.label, keys=(one.key,), hint=True, run=self._pressing(one.key))
            for one in hints
        ]

    def _pressing(self, key: str) -> Callable[[], None]:
        return lambda: self._tell(Key(" " if key == "space" else key))

    # -- events ---------------------------------------------------------------------------------------------------

    def keypress(self, size: object, key: str) -> str | None:
        named = self._named(key)
        if key in OURS and not named:
            return key
        if key in ("tab", "shift+tab") and self.panels > 1 and not named:
            self.panel = (self.panel + (1 if key == "tab" else -1)) % self.panels
            self._tell(Focus(self.panel))
        else:
            self._tell(Key(key))
        return None

    def pointed(self, column: int, row: int) -> str:
        """To the cell that is there: the session's own keys do the rest."""
        if isinstance(self.view, Grid) and self.panels > 1 and self.owner.size is not None:
            for one in placed(self.view, *self.owner.size, self.panel):
                inside = one.left <= column < one.left + one.width and one.top <= row < one.top + one.height
                if inside and one.panel != self.panel:
                    self.panel = one.panel
                    self._tell(Focus(self.panel))
                    break
        return ""

    def pasted(self, text: str) -> None:
        """As if it had been typed: the session knows keys only."""
        for letter in text.replace("\n", " "):
            self._tell(Key(letter))

    def _named(self, key: str) -> bool:
        return isinstance(self.view, Grid) and any(key == hint.key for hint in self.view.hints)

    def _tell(self, event: Event) -> None:
        if len(self._events) >= AHEAD:
            self.host.toast("too many keys at once: some were left out", "warning")
            return
        self._events.append(event)
        if not self._sending:
            self._sending = True
            self.host.start(self._send())

    async def _send(self) -> None:
        try:
            while self._events and not self._closed:
                self._timers.stop("tick")
                await self.owner.send(self._events.popleft())
        finally:
            self._sending = False
            if not self._closed:
                self._tick()

    def _tick(self) -> None:
        self._timers.stop("tick")
        if isinstance(self.view, Grid) and self.view.refresh is not None and not self._closed:
            self._timers.after("tick", self.view.refresh, lambda: self._tell(Tick()))

    def close(self) -> None:
        self._closed = True
        self._events.clear()
        self._timers.close()

    # -- drawing --------------------------------------------------------------------------------------------------

    def _paint(self, width: int, height: int) -> list[Spans]:
        if self.owner.size != (width, height):
            if self.owner.size is not None:
                self._tell(Resize(width=width, height=height))
            self.owner.size = (width, height)
        view = self.view
        if not isinstance(view, Grid):
            return self._seen(0, lines_of(view, width, height, pictures=style(self.host.config)), height)
        parts = [
            (one, framed(one, self._inside, focus=one.panel == self.panel and self.panels > 1))
            for one in placed(view, width, height, self.panel)
        ]
        return together(parts, width, height)

    def _inside(self, cell: Placed, width: int, height: int) -> list[Spans]:
        lines = lines_of(cell.cell.content, width, height, pictures=style(self.host.config))
        return self._seen(cell.panel, lines, height)

    def _seen(self, panel: int, lines: Lines, height: int) -> list[Spans]:
        """What is seen of a cell: its cursor always, with as little movement as there can be."""
        room = max(1, height - len(lines.head))
        top = self._tops.get(panel, 0)
        if lines.cursor is not None:
            cursor = min(lines.cursor, max(0, lines.count - 1))
            top = min(cursor, max(top, cursor - room + 1))
        self._tops[panel] = top = max(0, min(top, lines.count - room))
        return lines.seen(top, height)
