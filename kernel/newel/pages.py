"""Sessions for screens that are made of views (``newel.contracts.views``), so that a plugin writes the views only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import evolve

from newel.context import Call
from newel.contracts.layout import Cell, Column, Detail, Grid, Line, Pair, Text
from newel.contracts.tui import (
    Action,
    Chosen,
    Data,
    Dialog,
    Done,
    Event,
    Focus,
    Init,
    Key,
    Left,
    Resize,
    ScreenSession,
    Submitted,
    Tick,
)
from newel.contracts.views import MISSING, Act, Listing, Sheet, View, at


class Pages:
    """Views one above the other. ``first`` answers the first one; each method that an event leads to answers the view
    to show now in place of the present one, an action, or ``None``: the present one stays.

    ``over(view)`` shows one above the present one; leaving it (``esc``) leads back. Leaving the first ends the session.
    """

    def __init__(self) -> None:
        self.size = (80, 24)
        self.cell = (1, 2)
        self._stack: list[View] = []

    async def first(self, event: Init) -> View | Action:
        raise NotImplementedError

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        """An act that is neither an operation nor leads elsewhere."""

    async def done(self, act: str, answer: Any) -> View | Action | None:
        """An act went well; a listing is read again anyway."""

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> View | Action | None:
        """A form was taken. Unless something is answered it is left."""

    async def key(self, key: str) -> View | Action | None:
        """Of plain grids only. ``esc`` and ``q`` lead back where nothing is answered."""

    async def dialog(self, accepted: bool) -> View | Action | None:
        """The answer to a ``Confirm``."""

    async def again(self) -> View | Action | None:
        """The present view, made anew: time has passed, the size has changed, a view above has been left."""

    def over(self, view: View) -> View:
        """Shows a view above the present one: ``return self.over(view)``."""
        self._stack.append(view)
        return view

    # -- the contract ---------------------------------------------------------------------------------------------

    async def start(self, event: Init) -> View | Action | None:
        self.size, self.cell = (event.width, event.height), event.cell
        return self._shown(await self.first(event))

    async def send(self, event: Event) -> View | Action | None:
        match event:
            case Chosen():
                shown = await self.chosen(event.act, event.rows)
            case Done():
                shown = await self.done(event.act, event.answer)
            case Submitted():
                shown = await self.submitted(event.answer, event.values)
                if shown is None:
                    return await self._back()
            case Left():
                return await self._back()
            case Key(key):
                shown = await self.key(key)
                if shown is None and key in ("esc", "q"):
                    return await self._back()
            case Dialog(accepted):
                shown = await self.dialog(accepted)
            case Resize():
                self.size = (event.width, event.height)
                shown = await self.again()
            case Tick():
                shown = await self.again()
            case Data() | Focus():
                shown = None
        return self._shown(shown)

    async def close(self) -> None:
        """Nothing is held."""

    async def _back(self) -> View | Action | None:
        self._stack.pop()
        return self._shown(await self.again()) if self._stack else None

    def _shown(self, shown: View | Action | None) -> View | Action:
        if shown is None:
            return self._stack[-1]
        if isinstance(shown, View):
            if not self._stack:
                self._stack.append(shown)
            self._stack[-1] = shown
        return shown


class _Standing(Pages):
    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    async def first(self, event: Init) -> View | Action:
        return self._view


def standing(view: View) -> Callable[[Call, Mapping[str, Any]], Awaitable[ScreenSession]]:
    """For ``Screen.open``: one view that never changes, as a listing is whose rows and acts are operations."""

    async def opened(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return _Standing(view)

    return opened


def reading(listing: Listing) -> Callable[[Call, Mapping[str, Any]], Awaitable[ScreenSession]]:
    """For ``Screen.open``: a list of what is to be read. ``enter`` shows a row by itself, with all of the listing's
    ``details``, for which a narrow terminal has no room beside the list."""
    shown = evolve(listing, acts=(Act(name="read", label="Read", key="enter"), *listing.acts))

    async def opened(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return _Reading(shown)

    return opened


class _Reading(_Standing):
    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        assert isinstance(self._view, Listing)  # noqa: S101 - what it was made with
        return self.over(sheet_of(self._view, rows[0])) if rows else None


def sheet_of(listing: Listing, row: Mapping[str, Any]) -> Sheet:
    """A row by itself: its details, and below them those of several lines."""
    pairs, cells = [], []
    for one in listing.details:
        value = at(row, one.value)
        text = "" if value is MISSING or value is None else str(value)
        if "\n" in text:
            lines = tuple(Line(text=line[:1000]) for line in text.splitlines()[:1000])
            cells.append(Cell(title=one.label, content=Text(lines=lines)))
        elif text:
            pairs.append(Pair(label=one.label, value=text[:2000]))
    first = Cell(title="", content=Detail(fields=tuple(pairs)))
    return Sheet(title=listing.title, grid=Grid(columns=(Column(span=12, cells=(first, *cells)),)))
