"""Where the cursor is in a listing, and which part of it is seen."""

from __future__ import annotations


class Spot:
    """Places count from 0. ``seen`` follows the cursor with as little movement as there can be."""

    def __init__(self) -> None:
        self.at = 0
        self.top = 0
        self.height = 20
        """Rows that are seen; as drawn last."""
        self.forward = True
        """The direction of travel."""

    @property
    def seen(self) -> tuple[int, int]:
        """The first and the last place that is seen."""
        return self.top, self.top + self.height - 1

    def to(self, place: int, known: int) -> bool:
        """Goes to a place, or as near as there is one; whether the cursor moved."""
        before, self.at = self.at, max(0, min(place, known - 1))
        if self.at != before:
            self.forward = self.at > before
        self.fit(known)
        return self.at != before

    def fit(self, known: int) -> None:
        """Keeps the cursor in sight, and the end of the list at the bottom."""
        self.at = max(0, min(self.at, known - 1))
        self.top = min(self.at, max(self.top, self.at - self.height + 1))
        self.top = max(0, min(self.top, known - self.height))

    def moved(self, rows: int) -> None:
        """Rows came or went above: what is seen stays where it is."""
        self.at, self.top = max(0, self.at + rows), max(0, self.top + rows)
