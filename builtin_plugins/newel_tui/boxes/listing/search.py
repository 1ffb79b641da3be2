"""Finding rows by what is written in them."""

from __future__ import annotations

from newel.contracts.views import Listing, at
from newel_tui.boxes.cells import plain
from newel_tui.boxes.listing.source import Shown, Source


def matches(view: Listing, shown: Shown, text: str) -> bool:
    """Whether a column of the row has the text in it, in capitals or not."""
    text = text.casefold()
    return any(text in plain(at(shown.row, one.value)).casefold() for one in view.columns)


def following(view: Listing, source: Source, text: str, place: int, step: int) -> int | None:
    """The next place with a match among the rows at hand, round the end."""
    places = [number for number in range(source.known) if source.row(number) is not None]
    if step < 0:
        places.reverse()
    places = [one for one in places if (one - place) * step > 0] + [one for one in places if (one - place) * step <= 0]
    for one in places:
        shown = source.row(one)
        if shown is not None and matches(view, shown, text):
            return one
    return None
