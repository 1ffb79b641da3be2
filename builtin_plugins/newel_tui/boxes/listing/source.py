"""What a listing reads its rows from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from attrs import frozen

from newel.contracts.views import MISSING, Ask, Listing, at, meant

Row: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Runs an operation: its name and its input."""


@frozen
class Shown:
    """A row in its place. ``open`` is ``None`` where nothing can be below it."""

    key: str
    row: Row
    depth: int = 0
    open: bool | None = None


class Source(Protocol):
    """Rows by their place, from 0. Reading is asked for step by step; one step at a time."""

    @property
    def known(self) -> int:
        """How many rows have been found so far."""

    @property
    def ended(self) -> bool:
        """Whether these are all."""

    def row(self, place: int) -> Shown | None:
        """``None``: there is one, but it is not at hand."""

    def find(self, key: str) -> int | None:
        """Where a row is, among those at hand."""

    def held(self) -> list[Shown]:
        """All rows at hand, in order."""

    async def step(self, first: int, last: int, forward: bool) -> bool:
        """Reads what is missing for these places and a page around, one page of it; ``False`` where nothing is."""

    async def reload(self, first: int, last: int) -> None:
        """Reads these places again. What was there stays until the answer is there."""


@frozen
class Asking:
    """How pages of a listing are asked for."""

    run: Run
    view: Listing
    narrowed: Mapping[str, Any]
    """What the reader has set: filters, what is looked for."""
    size: int | None
    """``None``: the operation has no ``limit``."""

    async def page(self, ask: Ask, row: Row, cursor: str | None, narrowed: bool) -> tuple[list[Row], str | None]:
        """Rows, and the cursor of the next page."""
        params = {**meant(ask.params, row), **(self.narrowed if narrowed else {})}
        if self.size is not None:
            params.setdefault("limit", self.size)
        if cursor is not None:
            params[self.view.cursor] = cursor
        answer = await self.run(ask.operation, params)
        rows, following = at(answer, self.view.at), at(answer, self.view.next)
        found = rows if isinstance(rows, list | tuple) else ()
        return [self.mapping(one) for one in found], None if following in (MISSING, None, "") else following

    def mapping(self, row: Any) -> Row:
        return row if isinstance(row, Mapping) else {self.view.key: row}

    def key(self, row: Row) -> str:
        found = at(row, self.view.key)
        return str(row if found is MISSING else found)
