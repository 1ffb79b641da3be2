"""What can be granted."""

from __future__ import annotations

from newel import Permission

PLUGINS_READ = Permission("plugins.read", "See the plugins of the site, and what fails in them")
PLUGINS_MANAGE = Permission("plugins.manage", "Switch plugins of the site on and off")
