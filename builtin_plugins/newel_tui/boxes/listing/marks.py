"""Rows that are marked."""

from __future__ import annotations

from collections.abc import Iterable

from newel_tui.boxes.listing.source import Row, Shown


class Marks:
    """By their keys, so they stay while the list is read again. ``start`` is where a range begins."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.start: int | None = None

    def toggle(self, shown: Shown) -> None:
        if self.rows.pop(shown.key, None) is None:
            self.rows[shown.key] = shown.row

    def add(self, some: Iterable[Shown]) -> None:
        self.rows |= {one.key: one.row for one in some}

    def all(self, some: list[Shown]) -> None:
        """Marks all, or none where all are."""
        if all(one.key in self.rows for one in some):
            self.clear()
        else:
            self.add(some)

    def clear(self) -> None:
        self.rows, self.start = {}, None

    def ranged(self, at: int) -> range:
        """The places of the range that is being made, from its start to the cursor."""
        return range(0) if self.start is None else range(min(self.start, at), max(self.start, at) + 1)
