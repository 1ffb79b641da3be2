"""The trees of files that plugins bring, over SFTP and SCP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from newel_ssh.files.refusing import Refusing
from newel_ssh.files.server import Files
from newel_ssh.files.trees import trees_of

if TYPE_CHECKING:
    from asyncssh import SFTPServer, SSHServerChannel

    from newel.app import App
    from newel.contracts.terminal import Visitor

Factory = Callable[["SSHServerChannel[bytes]"], "SFTPServer"]


def sftp_for(app: App, visitor: Visitor) -> Factory:
    """Makes a server for each channel of a visitor, for ``asyncssh``'s ``sftp_factory``."""
    return lambda channel: Files(channel, app, visitor)


def sftp_refused(why: str) -> Factory:
    """The same for somebody who may not: every request is answered with this sentence."""
    return lambda channel: Refusing(channel, why)


__all__ = ["sftp_for", "sftp_refused", "trees_of"]
