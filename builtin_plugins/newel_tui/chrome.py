"""What is drawn around screens: where one is, what can be done, what was said."""

from __future__ import annotations

import asyncio
from operator import itemgetter
from typing import TYPE_CHECKING

import urwid

from newel.contracts.layout import harmless
from newel_tui import theme
from newel_tui.actions import Action
from newel_tui.boxes.menu import menu_canvas

if TYPE_CHECKING:
    from newel_tui.desk import Desk

LEAST = (20, 5)
"""Smaller terminals are told so."""
PANE_FROM, PANE = 110, 24
"""How wide a terminal has to be for the menu beside the screens, and how wide that is."""
BUSY_SECONDS = 0.3
ALWAYS = ("app.help", "app.palette", "app.menu")
"""What leads to everything else: hinted at every width, in this order where not even they have room."""


class Chrome:
    """Draws a desk. ``spot`` is where the top box was drawn: column, row, width and height."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._slow = False
        self._timer: asyncio.Task[None] | None = None
        self.spot = (0, 0, 80, 22)
        self._hints: list[tuple[int, int, Action]] = []

    @property
    def pane(self) -> int:
        width, height = self._desk.size
        return PANE if width >= PANE_FROM and height > LEAST[1] and self._desk.menu else 0

    @property
    def room(self) -> tuple[int, int]:
        width, height = self._desk.size
        return max(1, width - self.pane), max(1, height - 2)

    def busy(self) -> None:
        """Whether the site is asked something has changed."""
        if not self._desk.watched.running:
            self._slow = False
            if self._timer is not None:
                self._timer.cancel()
        elif self._timer is None or self._timer.done():
            self._timer = self._desk.work.start(self._waits())

    async def _waits(self) -> None:
        await self._desk.clock.sleep(BUSY_SECONDS)
        self._slow = True
        self._desk.redraw()

    def draw(self) -> urwid.Canvas:
        width, height = self._desk.size
        if width < LEAST[0] or height < LEAST[1]:
            return _filled([("head", f"{width}x{height}")], width, height)
        parts = [(self._top(width), None, False), (self._middle(width, height - 2), None, True)]
        canvas = urwid.CanvasCombine([*parts, (self._bottom(width), None, False)])
        if (note := self._desk.toasts.shown) is not None:
            sign = {"info": "i", "success": "ok", "warning": "!", "error": "error"}[note.level]
            said = _filled([(f"toast.{note.level}", f" {sign}: {note.message} ")], width, 1, f"toast.{note.level}")
            canvas.overlay(urwid.CompositeCanvas(said), 0, height - 1)
        return canvas

    # -- lines ----------------------------------------------------------------------------------------------------

    def _top(self, width: int) -> urwid.Canvas:
        desk = self._desk
        person = harmless(f"{desk.gateway.person.name}@{desk.gateway.title}")
        names = [self._name(place) for place in desk.places] + [layer.title for layer in desk.layers]
        path = harmless(" > ".join(one for one in names if one))
        doing = f"{harmless(desk.doing)}  " if desk.doing else "... " if self._slow else ""
        right = f"{doing}{person} "
        room = max(0, width - len(right) - 2)
        if urwid.calc_width(path, 0, len(path)) > room:
            path = "..." + path[-max(0, room - 3) :] if room > 3 else ""
        gap = max(1, width - 1 - urwid.calc_width(path, 0, len(path)) - urwid.calc_width(right, 0, len(right)))
        return _filled([("head", f" {path}{' ' * gap}{right}")], width, 1, "head")

    def _name(self, place: object) -> str:
        box = getattr(place, "box", None)
        if box is not None and box.title:
            return str(box.title)
        plugin, screen = getattr(place, "plugin", ""), getattr(place, "screen", "")
        for one in self._desk.menu:
            if (one.plugin, one.name) == (plugin, screen):
                return one.label
        return str(screen if screen != "main" else plugin)

    def _bottom(self, width: int) -> urwid.Canvas:
        """As many hints as there is room for, in the order of the actions; those of ``ALWAYS`` before any other."""
        hinted = [one for one in self._desk.actions() if one.hint and self._key(one)]
        room, fitting = width, []
        for action in sorted(hinted, key=_rank):
            parts = [("hint.key", f" {self._key(action)} "), ("hint", f"{harmless(action.label)} ")]
            size = sum(urwid.calc_width(text, 0, len(text)) for _, text in parts)
            if size <= room:
                room -= size
                fitting.append((hinted.index(action), action, size, parts))
        fitting.sort(key=itemgetter(0))
        self._hints, at = [], 0
        for _, action, size, _ in fitting:
            self._hints.append((at, at + size, action))
            at += size
        told = [part for *_, parts in fitting for part in parts]
        return _filled(told or [("hint", " ")], width, 1)

    def hinted(self, column: int, row: int) -> Action | None:
        """The action whose hint was drawn there, if it is to be seen and still can be done."""
        if row != self._desk.size[1] - 1 or self._desk.toasts.shown is not None:
            return None
        found = next((one for begin, end, one in self._hints if begin <= column < end), None)
        return next((one for one in self._desk.actions() if found is not None and one.name == found.name), None)

    def _key(self, action: Action) -> str:
        """The key to name: while somebody types, letters are not the desk's."""
        typing = self._desk.top is not None and self._desk.top.typing and action.name.startswith("app.")
        return next((key for key in self._desk.map.named(action) if not typing or len(key) > 1), "")

    # -- screens --------------------------------------------------------------------------------------------------

    def _middle(self, width: int, height: int) -> urwid.Canvas:
        desk = self._desk
        pane = self.pane
        room = width - pane
        body = self._screen(room, height)
        if pane:
            side = menu_canvas(desk, pane - 1, height)
            body = urwid.CanvasJoin([
                (side, None, False, pane - 1), (urwid.SolidCanvas("│", 1, height), None, False, 1),
                (body, None, True, room),
            ])  # fmt: skip
        return body

    def _screen(self, width: int, height: int) -> urwid.Canvas:
        desk = self._desk
        layers = list(desk.layers)
        under = [layer for layer in layers if layer.box.wants(width - 4, height - 2) is None]
        base = under[-1] if under else None
        above = layers[layers.index(base) + 1 :] if base is not None else layers
        box = base.box if base is not None else (desk.places[-1].box if desk.places else None)
        canvas = urwid.CompositeCanvas(self._box(box, width, height, focus=not above))
        self.spot = (self.pane, 1, width, height)
        for layer in above:
            wide, high = layer.box.wants(width - 4, height - 2) or (width, height)
            wide, high = max(1, min(wide, width - 4)), max(1, min(high, height - 2))
            left, top = (width - wide - 2) // 2, max(0, (height - high - 2) // 2)
            inner = _Drawn(self._box(layer.box, wide, high, focus=layer is above[-1]))
            framed = urwid.LineBox(inner, title=harmless(layer.title)[: wide - 2], title_attr="title")
            over = urwid.CompositeCanvas(framed.render((wide + 2, high + 2), focus=True))
            canvas.overlay(over, left, top)
            self.spot = (self.pane + left + 1, top + 2, wide, high)
        return canvas

    def _box(self, box: urwid.Widget | None, width: int, height: int, *, focus: bool) -> urwid.Canvas:
        if box is None:
            return urwid.SolidCanvas(" ", width, height)
        try:
            return box.render((width, height), focus)
        except Exception as error:  # noqa: BLE001 - a widget's fault ends its screen, not the session
            self._desk.drop(error)
            return _filled([("bad", "this screen failed")], width, height)


class _Drawn(urwid.Widget):
    """A canvas as a widget, to be framed."""

    _sizing = frozenset([urwid.BOX])
    no_cache = ("render",)

    def __init__(self, canvas: urwid.Canvas) -> None:
        super().__init__()
        self._canvas = canvas

    def render(self, size: tuple[int, ...], focus: bool = False) -> urwid.Canvas:
        return urwid.CompositeCanvas(self._canvas)


def _rank(action: Action) -> int:
    return ALWAYS.index(action.name) if action.name in ALWAYS else len(ALWAYS)


def _filled(parts: list[tuple[str, str]], width: int, height: int, look: str | None = None) -> urwid.Canvas:
    text = urwid.Text(parts, wrap="clip")
    return urwid.AttrMap(urwid.Filler(text, valign="top"), look).render((width, height))


_ = theme  # canvases are made in its encoding
