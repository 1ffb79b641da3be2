"""Brings the operations and the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newel.app import App


class SitePlugin:
    """To be written."""

    def __init__(self, app: App) -> None:
        self._app = app
