"""Care of the database: hooks only, it has no running part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.database import Database
from newel.contracts.site import HealthCheck
from newel_db.service import Care
from newel_db.watching import look, measured

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.contracts.tui import Screen
    from newel.operations import Operation


class DbPlugin:
    """Brings ``db.size``, ``db.check`` and the commands that need the database alone."""

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_db.screens import SCREENS

        return SCREENS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(Care(self._app))

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return [
            HealthCheck(name="db.answers", summary="The database answers", look=lambda: look(self._app.need(Database))),
            HealthCheck(name="db.size", summary="How large it is", look=lambda: measured(self._app.need(Database))),
        ]

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_db.commands import db

        return [db]
