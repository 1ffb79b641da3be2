"""The box for a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from newel.contracts.views import Form, Listing, Sheet, View
from newel_tui.boxes.base import Box, Owner
from newel_tui.boxes.form import FormBox
from newel_tui.boxes.layout import LayoutBox
from newel_tui.boxes.listing import ListingBox
from newel_tui.boxes.sheet import SheetBox, sheet_of

if TYPE_CHECKING:
    from newel_tui.desk import Desk


def box_for(desk: Desk, owner: Owner, view: View, *, picking: Literal["", "one", "many"] = "") -> Box:
    """A box that shows the view. ``picking``: ``enter`` finishes with the row, or all marked rows, of a listing."""
    match view:
        case Listing():
            return ListingBox(desk, owner, view, picking)
        case Form():
            return FormBox(desk, owner, view)
        case Sheet():
            return SheetBox(desk, owner, view)
        case _:
            return LayoutBox(desk, owner, view)


def shown_answer(desk: Desk, owner: Owner, answer: Any) -> Box:
    """The answer of an operation to be read: one-time secrets, reports."""
    return SheetBox(desk, owner, sheet_of(answer))
