"""Shows a listing."""

from __future__ import annotations

from typing import Literal

import urwid

from newel.contracts.views import Listing
from newel_tui.boxes.base import Box, Host, Owner


class ListingBox(Box):
    """To be written."""

    def __init__(self, host: Host, owner: Owner, view: Listing, picking: Literal["", "one", "many"] = "") -> None:
        super().__init__(host, owner, view, urwid.SolidFill("?"))
