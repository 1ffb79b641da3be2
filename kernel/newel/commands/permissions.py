"""The rights of commands of the kernel. Plugins that open a door to them register these."""

from __future__ import annotations

from newel.context import Permission

CONFIG_READ = Permission("config.read", "See the settings in force; secrets are masked")
PLUGINS_READ = Permission("plugins.read", "See the plugins of the site, and what fails in them")
