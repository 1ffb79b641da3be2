"""The rights of commands of the kernel. Plugins that open a door to them register these."""

from __future__ import annotations

from newel.context import Permission

SITE_SETTINGS = Permission("site.settings", "See the configuration; secrets are masked")
SITE_WATCH = Permission("site.watch", "See the health of the site, its figures and its log")
"""Not of a command: several plugins show figures."""
PLUGINS_READ = Permission("plugins.read", "See the plugins of the site, and what fails in them")
