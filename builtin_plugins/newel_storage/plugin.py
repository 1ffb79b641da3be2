"""Care of the store of files: hooks only, it has no running part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.site import HealthCheck
from newel_storage.service import Care

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.contracts.tui import Screen
    from newel.operations import Operation


class StoragePlugin:
    """Brings ``storage.check``, and ``newel storage``."""

    def __init__(self, app: App) -> None:
        self._care = Care(app)

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._care)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_storage.screens import SCREENS

        return SCREENS

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        summary = "The store of files can be used"
        return [HealthCheck(name="storage.writable", summary=summary, look=self._care.look, felt=True)]

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_storage.commands import storage

        return [storage]
