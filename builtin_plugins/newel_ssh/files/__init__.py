"""The trees of files that plugins bring, over SFTP and SCP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from newel_ssh.files.server import Files

if TYPE_CHECKING:
    from asyncssh import SFTPServer, SSHServerChannel

    from newel.app import App
    from newel.contracts.terminal import Visitor

Factory = Callable[["SSHServerChannel[bytes]"], "SFTPServer"]


def sftp_for(app: App, visitor: Visitor) -> Factory:
    """Makes a server for each channel of a visitor, for ``asyncssh``'s ``sftp_factory``."""
    return lambda channel: Files(channel, app, visitor)


__all__ = ["sftp_for"]
