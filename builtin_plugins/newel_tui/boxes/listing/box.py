"""The listing on the screen: what keys do to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import evolve

from newel.contracts.layout import harmless
from newel.contracts.views import Act, Listing, View, at
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner
from newel_tui.boxes.cells import plain
from newel_tui.boxes.drawing import Painter
from newel_tui.boxes.form import FormBox
from newel_tui.boxes.listing.acts import targets
from newel_tui.boxes.listing.drawn import Drawing
from newel_tui.boxes.listing.forest import Forest
from newel_tui.boxes.listing.keys import actions
from newel_tui.boxes.listing.marks import Marks
from newel_tui.boxes.listing.pane import Pane
from newel_tui.boxes.listing.prompt import Prompt
from newel_tui.boxes.listing.reader import Reader
from newel_tui.boxes.listing.search import following
from newel_tui.boxes.listing.source import Shown, Source
from newel_tui.boxes.listing.spot import Spot
from newel_tui.boxes.timing import Timers
from newel_tui.forms import form_for

TYPED = 0.25
"""Seconds after the last letter until what was typed is looked for."""
Picking = Literal["", "one", "many"]


class ListingBox(Box):
    """Keys move in what is at hand and never wait for the site. ``picking``: ``enter`` finishes with rows."""

    view: Listing

    def __init__(self, host: Host, owner: Owner, view: Listing, picking: Picking = "") -> None:
        self.picking = picking
        self.spot = Spot()
        self.marks = Marks()
        self.timers = Timers(host.clock)
        self.reader = Reader(host, view, self.spot, self._came)
        self.pane = Pane(host, self.timers, view)
        self.prompt: Prompt | None = None
        self.found = ""
        """What is looked for."""
        self.filters: Mapping[str, Any] = {}
        self.note = ""
        """What is told at the bottom until the next key."""
        self._start = view.start
        self.drawing = Drawing(self, view)
        super().__init__(host, owner, view, Painter(self.drawing.paint, self.drawing.caret))
        self.reader.look()
        self._refresh()

    @property
    def title(self) -> str:
        return self.view.title

    @property
    def source(self) -> Source:
        return self.reader.source

    @property
    def current(self) -> Shown | None:
        return self.source.row(self.spot.at)

    # -- rows -----------------------------------------------------------------------------------------------------

    def _came(self) -> None:
        """Rows have come."""
        if self._start and (place := self.source.find(self._start)) is not None:
            self.spot.to(place, self.source.known)
            self._start = ""
        if self.reader.travelling:
            self.spot.to(self.source.known - 1, self.source.known)
        self.spot.fit(self.source.known)
        self.pane.about(self.current)
        self.host.redraw()

    def to(self, place: int) -> None:
        self._start, self.note, self.reader.travelling = "", "", False
        self.spot.to(place, self.source.known)
        self.pane.about(self.current)
        self.reader.look()

    def end(self) -> None:
        """Reads on beside the keys, which go on to be taken: the end may be far."""
        self.to(self.source.known - 1)
        self.host.start(self._to_end())

    async def _to_end(self) -> None:
        await self.reader.to_end()
        self.reader.look()

    def _narrow(self) -> None:
        """Reads from the start what is looked for, by the operation."""
        searched = {self.view.search: self.found} if self.view.search and self.found else {}
        self.reader.begin(self.view, {**self.filters, **searched})
        self.reader.look()
        self.host.redraw()

    async def reload(self) -> None:
        """Reads again what is seen, with the cursor on the same row."""
        source, current = self.source, self.current
        before = [shown for place in range(*self._sight()) if (shown := source.row(place)) is not None]
        await self.reader.reload()
        if source is not self.source or self.reader.error:
            return
        after = {one.key: one.row for one in self.source.held()}
        if current is not None and (place := self.source.find(current.key)) is not None:
            self.spot.moved(place - self.spot.at)
        gone = [one for one in before if one.key not in after]
        self.marks.rows = {
            key: after.get(key, row) for key, row in self.marks.rows.items() if key not in {one.key for one in gone}
        }
        if current is not None and current in gone:
            self.note = f"'{self.called(current)}' is not here any more"
        self._came()
        self.reader.look()

    async def again(self) -> None:
        """What is shown may have changed."""
        await self.reload()

    async def fresh(self, keys: Sequence[str]) -> None:
        """Marks them, and goes to the first of them that is at hand."""
        await self.reload()
        wanted = set(keys)
        there = [one for one in self.source.held() if one.key in wanted]
        self.marks.add(there)
        if there and (place := self.source.find(there[0].key)) is not None:
            self.to(place)
        if len(there) < len(wanted):
            self.note = f"{len(wanted) - len(there)} of what is new are not among the rows here"
            self.host.redraw()

    def _sight(self) -> tuple[int, int]:
        begin, end = self.spot.seen
        return begin, min(end + 1, self.source.known)

    def called(self, shown: Shown) -> str:
        """What a row is called: its first column."""
        return plain(at(shown.row, self.view.columns[0].value)) if self.view.columns else shown.key

    def _refresh(self) -> None:
        if self.view.refresh:

            def refresh() -> None:
                if not self.host.covered(self):
                    self.host.start(self.reload())
                self._refresh()

            self.timers.after("refresh", self.view.refresh, refresh)

    def show(self, view: View) -> bool:
        if not isinstance(view, Listing):
            return False
        same = (view.ask, view.rows, view.below, view.at) == (
            self.view.ask, self.view.rows, self.view.below, self.view.at,
        )  # fmt: skip
        here = self.current
        self.view = self.pane.view = view
        self.drawing.columns(view)
        if same:
            self.reader.view = view
            self.host.start(self.reload())
        else:
            self._start = view.start or (here.key if here is not None else "")
            self._narrow()
        self.timers.stop("refresh")
        self._refresh()
        return True

    def close(self) -> None:
        self.reader.travelling = False
        self.timers.close()

    # -- doing ----------------------------------------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        return actions(self)

    async def act(self, act: Act) -> None:
        """Does an act to the marked rows, or to the one under the cursor; what is seen is read again then."""
        here = (self.current.key, self.current.row) if self.current is not None else None
        rows = targets(act, here, self.marks.rows)
        if rows is None:
            return
        left_out = len(self.marks.rows) - len(rows) if act.row and (act.many or act.bulk) and self.marks.rows else 0
        if not await self.owner.act(act, tuple(rows.values()), tuple(rows)):
            return
        if act.many or act.bulk:
            self.marks.clear()
        if act.ask is not None:
            await self.reload()
        if left_out:
            self.note = f"{left_out} of the marked rows are not for this"

    def pick(self) -> None:
        """Finishes with what was chosen."""
        rows = list(self.marks.rows.values()) if self.picking == "many" else []
        if not rows and self.current is not None:
            rows = [self.current.row]
        if rows:
            self.host.finish(self, rows)

    def mark(self) -> None:
        if self.marks.start is not None:
            self.range()
            return
        if self.current is not None:
            self.marks.toggle(self.current)
            self.to(self.spot.at + 1)

    def range(self) -> None:
        """Begins a range of marks, or ends it."""
        if self.marks.start is None:
            self.marks.start = self.spot.at
            self.note = "a range: go to its end, then v"
            return
        places = self.marks.ranged(self.spot.at)
        self.marks.add(one for place in places if (one := self.source.row(place)) is not None)
        self.marks.start, self.note = None, ""

    def clear(self) -> None:
        """Marks first, then what is looked for."""
        if self.marks.rows or self.marks.start is not None:
            self.marks.clear()
        else:
            self._find("")

    def unfold(self, wanted: bool) -> None:
        """In a tree: shows or hides what is below."""
        source = self.source
        if not isinstance(source, Forest):
            return
        if source.toggle(self.spot.at, wanted):
            self.to(self.spot.at)
        elif not wanted and (above := source.above(self.spot.at)) is not None:
            self.to(above)

    def toggle(self) -> None:
        if self.current is not None and self.current.open is not None:
            self.unfold(not self.current.open)

    def copy(self) -> None:
        if self.current is not None:
            self.host.copy(self.current.key)
            self.note = f"copied {harmless(self.current.key)}"

    def details(self) -> None:
        self.drawing.below = not self.drawing.below

    def stop(self) -> None:
        self.reader.travelling = False

    # -- typing ---------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        self.prompt, self.typing = Prompt("/", self.found), True

    def keypress(self, size: Any, key: str) -> str | None:
        """Text after ``/``."""
        if self.prompt is None:
            return key
        if key in ("enter", "esc"):
            self.timers.stop("typed")
            text, self.prompt, self.typing = self.prompt.text, None, False
            self._find(text if key == "enter" else self.found)
        elif self.prompt.press(key):
            self.timers.after("typed", TYPED, self._typed)
        else:
            return key
        return None

    def pointed(self, column: int, row: int) -> str:
        """To a row; the one under the cursor is opened, as by ``enter``."""
        place = self.drawing.place(column, row)
        if place is None or self.prompt is not None:
            return ""
        if place == self.spot.at:
            return "enter"
        self.to(place)
        return ""

    def pasted(self, text: str) -> None:
        if self.prompt is not None:
            self.prompt.paste(text)
            self.timers.after("typed", TYPED, self._typed)

    def _typed(self) -> None:
        if self.prompt is not None and self.view.search:
            self._find(self.prompt.text)

    def _find(self, text: str) -> None:
        if text == self.found and self.view.search:
            return
        self.found = text
        if self.view.search:
            self._narrow()
        elif text:
            self.next(1, self.spot.at - 1)

    def next(self, step: int, start: int | None = None) -> None:
        place = following(self.view, self.source, self.found, self.spot.at if start is None else start, step)
        if place is not None:
            self.to(place)
        else:
            self.note = f"no '{self.found}' in the {len(self.source.held()):,} rows that are loaded"

    async def filter(self) -> None:
        """Asks for what narrows the list."""
        if self.view.ask is None:
            return
        known = self.host.gateway.operations[self.view.ask.operation]
        form = evolve(form_for(known, {}, self.view.filters, self.filters), title="Filters", submit=None)
        values = await self.host.fill("Filters", FormBox(self.host, self.owner, form))
        if isinstance(values, Mapping):
            self.filters = {name: value for name, value in values.items() if value not in (None, "", [], {})}
            self._narrow()
