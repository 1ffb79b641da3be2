"""Shows a sheet."""

from __future__ import annotations

import urwid

from newel.contracts.views import Sheet
from newel_tui.boxes.base import Box, Host, Owner


class SheetBox(Box):
    """To be written."""

    def __init__(self, host: Host, owner: Owner, view: Sheet) -> None:
        super().__init__(host, owner, view, urwid.SolidFill("?"))


def sheet_of(answer: object) -> Sheet:
    """An answer as a sheet to read."""
    from newel.contracts.layout import Cell, Column, Grid, Line, Text

    lines = tuple(Line(text=one) for one in repr(answer).splitlines())
    return Sheet(grid=Grid(columns=(Column(span=12, cells=(Cell(content=Text(lines=lines)),)),)))
