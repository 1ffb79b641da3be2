"""The rights of the SSH door. Only admins have them from the start."""

from __future__ import annotations

from newel import Permission

SSH_READ = Permission("ssh.read", "See the SSH door, and who is connected")
SSH_MANAGE = Permission("ssh.manage", "End other people's SSH sessions")
