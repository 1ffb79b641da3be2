"""Brings the operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel_plugins_admin.service import Plugins

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.tui import Screen
    from newel.operations import Operation


class PluginsAdmin:
    """Operations on the plugins of this site."""

    def __init__(self, app: App) -> None:
        self._plugins = Plugins(app)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_plugins_admin.screens import SCREENS

        return SCREENS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._plugins)
