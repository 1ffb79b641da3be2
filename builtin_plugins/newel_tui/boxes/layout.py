"""Shows a layout."""

from __future__ import annotations

import urwid

from newel.contracts.views import View
from newel_tui.boxes.base import Box, Host, Owner


class LayoutBox(Box):
    """To be written."""

    def __init__(self, host: Host, owner: Owner, view: View) -> None:
        super().__init__(host, owner, view, urwid.SolidFill("?"))
