"""Starts and stops the SSH door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel_ssh.config import SshConfig

if TYPE_CHECKING:
    from newel.app import App


class SshPlugin:
    """The door."""

    def __init__(self, app: App, config: SshConfig) -> None:
        self._app = app
        self._config = config
