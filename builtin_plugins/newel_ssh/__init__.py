"""The SSH door: the terminal admin, commands, and files."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.accounts import Accounts
from newel.contracts.audit import Audit
from newel.contracts.terminal import TerminalAdmin
from newel_ssh.config import SshConfig

manifest = Manifest(
    name="ssh",
    summary="The SSH door: the terminal admin, commands, and files over SFTP and SCP.",
    load="newel_ssh.plugin:SshPlugin",
    config=SshConfig,
    needs=(Accounts,),
    wants=(Audit, TerminalAdmin),
    commands={"ssh": "The SSH door: keys and sessions."},
)
