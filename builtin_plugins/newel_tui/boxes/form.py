"""Shows a form."""

from __future__ import annotations

import urwid

from newel.contracts.views import Form
from newel_tui.boxes.base import Box, Host, Owner


class FormBox(Box):
    """To be written."""

    def __init__(self, host: Host, owner: Owner, view: Form) -> None:
        super().__init__(host, owner, view, urwid.SolidFill("?"))
