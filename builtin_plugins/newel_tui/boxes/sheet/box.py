"""A sheet on the screen: what keys do to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from newel.contracts.tui import Tick
from newel.contracts.views import Act, Sheet, View
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner, permitted
from newel_tui.boxes.drawing import Painter, Spans, fitted
from newel_tui.boxes.layout.pictures import style
from newel_tui.boxes.listing.acts import fits
from newel_tui.boxes.listing.prompt import Prompt
from newel_tui.boxes.sheet.page import Pane, panes_of
from newel_tui.boxes.timing import Timers

SHIFT = 8
"""Columns that a long line moves by."""


class SheetBox(Box):
    """Scrolls. In a sheet that grows (``refresh``) what is at the end stays in sight while the end is."""

    view: Sheet

    def __init__(self, host: Host, owner: Owner, view: Sheet) -> None:
        super().__init__(host, owner, view, Painter(self._paint, self._caret))
        self.column = 0
        """Which column has the keys."""
        self.shift = -1
        self.prompt: Prompt | None = None
        self.found = ""
        self.note = ""
        self._match: int | None = None
        self._tops: dict[int, int] = {}
        self._made: list[Pane] | None = None
        self._for: tuple[int, int] = (0, 0)
        self._room = 20
        self._timers = Timers(host.clock)
        self._again()

    @property
    def title(self) -> str:
        return self.view.title

    # -- what is seen ---------------------------------------------------------------------------------------------

    def _panes(self, width: int) -> list[Pane]:
        if self._made is None or self._for != (width, self.shift):
            self._made = panes_of(self.view.grid, width, pictures=style(self.host.config), shift=self.shift)
            self._for = (width, self.shift)
            self.column = min(self.column, max(0, len(self._made) - 1))
        return self._made

    def _paint(self, width: int, height: int) -> list[Spans]:
        self._room = max(1, height - 1)
        panes = self._panes(width)
        lines: list[Spans] = [[] for _ in range(self._room)]
        for number, pane in enumerate(panes):
            self._tops[number] = top = max(0, min(self._tops.get(number, 0), pane.count - self._room))
            for row in range(self._room):
                line = pane.line(top + row)
                if self.found and self.found.casefold() in pane.text(top + row).casefold():
                    line = [("match", text) for _, text in line]
                if number:
                    lines[row].append(("border.focus" if number == self.column else "border", " │ "))
                lines[row] += fitted(line, pane.width)
        return [*lines, self._bottom()]

    def _bottom(self) -> Spans:
        if self.prompt is not None:
            return self.prompt.line()
        pane = self._pane
        if pane is None:
            return []
        top = self._tops.get(self.column, 0)
        end = min(pane.count, top + self._room)
        share = "end" if end >= pane.count else f"{end * 100 // pane.count}%"
        line: Spans = [("faint", f"{end:,}/{pane.count:,} {share}")]
        if self.found:
            line.append((None, f"  /{self.found}"))
        return [*line, ("warn", f"  {self.note}")] if self.note else line

    def _caret(self, width: int, height: int) -> tuple[int, int] | None:
        return (min(width - 1, self.prompt.column), height - 1) if self.prompt is not None else None

    @property
    def _pane(self) -> Pane | None:
        return self._made[self.column] if self._made else None

    # -- keys -----------------------------------------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        def one(name: str, label: str, keys: str, run: Callable[[], Awaitable[None] | None]) -> Action:
            return Action(name=f"sheet.{name}", label=label, keys=tuple(keys.split()), run=run, hint=name == "search")

        made = []
        if self.found:
            made += [
                one("next", "next match", "n", lambda: self._next(1)),
                one("previous", "previous match", "N", lambda: self._next(-1)),
                one("clear", "look for nothing", "esc", lambda: self._find("")),
            ]
        made += self._acts()
        return [
            *made,
            one("down", "down", "j down", lambda: self._by(1)),
            one("up", "up", "k up", lambda: self._by(-1)),
            one("half_down", "half a page down", "ctrl+d", lambda: self._by(max(1, self._room // 2))),
            one("half_up", "half a page up", "ctrl+u", lambda: self._by(-max(1, self._room // 2))),
            one("page_down", "a page down", "pgdown ctrl+f", lambda: self._by(self._room)),
            one("page_up", "a page up", "pgup ctrl+b", lambda: self._by(-self._room)),
            one("top", "to the beginning", "g home", lambda: self._to(0)),
            one("bottom", "to the end", "G end", lambda: self._to(1 << 30)),
            one("right", "long lines to the left", "l right", lambda: self._aside(SHIFT)),
            one("left", "long lines to the right; wrapped at the end", "h left", lambda: self._aside(-SHIFT)),
            one("cell", "next cell", "tab", lambda: self._cell(1)),
            one("cell_back", "previous cell", "shift+tab", lambda: self._cell(-1)),
            one("search", "look for", "/", self._ask),
        ]

    def _acts(self) -> list[Action]:
        if "copied" in self.view.subject and any(act.name == "copy_secret" for act in self.view.acts):
            return [Action(name="sheet.copy_secret", label="copy the secret", keys=("y",), run=self._copy, hint=True)]
        name = f"{self.owner.plugin}.{self.owner.screen}"
        return [
            Action(name=f"{name}.{act.name}", label=act.label, keys=(act.key,), run=self._doing(act), hint=True)
            for act in self.view.acts
            if permitted(self.host, act) and fits(act, self.view.subject)
        ]

    def _doing(self, act: Act) -> Callable[[], Awaitable[None]]:
        async def done() -> None:
            await self.owner.act(act, (self.view.subject,))

        return done

    def _copy(self) -> None:
        self.host.copy(str(self.view.subject["copied"]))
        self.note = "copied"

    def _by(self, lines: int) -> None:
        self._to(self._tops.get(self.column, 0) + lines)

    def _to(self, line: int) -> None:
        self.note, self._match = "", None
        if (pane := self._pane) is not None:
            self._tops[self.column] = max(0, min(line, pane.count - self._room))

    def _aside(self, columns: int) -> None:
        """At first lines are wrapped; moved aside they are not, and back at the margin they are again."""
        self.shift = max(-1, self.shift + columns) if self.shift >= 0 else (0 if columns > 0 else -1)

    def _cell(self, step: int) -> None:
        """The next cell: in the next column where there is one beside, else below."""
        if self._made is None or (pane := self._pane) is None:
            return
        if len(self._made) > 1:
            self.column = (self.column + step) % len(self._made)
            return
        top = self._tops.get(self.column, 0)
        places = [one for one in pane.starts if (one - top) * step > 0]
        if places:
            self._to(min(places) if step > 0 else max(places))

    # -- looking for text -----------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self.prompt, self.typing = Prompt("/", self.found), True

    def keypress(self, size: Any, key: str) -> str | None:
        """Text after ``/``."""
        if self.prompt is None:
            return key
        if key in ("enter", "esc"):
            text, self.prompt, self.typing = self.prompt.text, None, False
            if key == "enter":
                self._find(text)
            return None
        return None if self.prompt.press(key) else key

    def pasted(self, text: str) -> None:
        if self.prompt is not None:
            self.prompt.paste(text)

    def _find(self, text: str) -> None:
        self.found, self.note = text, ""
        if text:
            self._next(1, from_here=True)

    def _next(self, step: int, *, from_here: bool = False) -> None:
        """The next line with the text, round the end."""
        pane = self._pane
        if pane is None:
            return
        top, text = self._tops.get(self.column, 0), self.found.casefold()
        here = top if self._match is None else self._match
        begin = here if from_here else here + step
        for number in range(pane.count):
            line = (begin + step * number) % pane.count
            if text in pane.text(line).casefold():
                self._to(line)
                self._match = line
                return
        self.note = f"no '{self.found}' here"

    # -- another view ---------------------------------------------------------------------------------------------

    def show(self, view: View) -> bool:
        if not isinstance(view, Sheet):
            return False
        if view == self.view:
            self._again()
            return True
        pane = self._pane
        at_end = pane is not None and self._tops.get(self.column, 0) >= max(0, pane.count - self._room)
        self.view, self._made = view, None
        if at_end and view.grid.refresh and pane is not None and pane.count > self._room:
            self._tops[self.column] = 1 << 30
        self._again()
        return True

    def _again(self) -> None:
        def tick() -> None:
            if self.host.covered(self):
                self._again()
                return
            self.host.start(self.owner.send(Tick()))

        self._timers.stop("tick")
        if self.view.grid.refresh:
            self._timers.after("tick", self.view.grid.refresh, tick)

    async def again(self) -> None:
        """What is shown may have changed."""
        await self.owner.send(Tick())

    def close(self) -> None:
        self._timers.close()
