"""What can be granted."""

from __future__ import annotations

from newel import Permission
from newel.commands.permissions import PLUGINS_READ

__all__ = ["PLUGINS_MANAGE", "PLUGINS_READ"]
PLUGINS_MANAGE = Permission("plugins.manage", "Switch plugins of the site on and off")
