"""Care of the store of files: commands only, it has no running part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel import hookimpl

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class StoragePlugin:
    """Brings ``newel storage``."""

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_storage.commands import storage

        return [storage]
