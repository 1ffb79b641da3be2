"""The rights to look after a site. What editors and viewers see says nothing of hosts, folders or people."""

from __future__ import annotations

from newel import Permission
from newel.commands.permissions import SITE_SETTINGS, SITE_WATCH

__all__ = ["SITE_CONFIGURE", "SITE_READ", "SITE_SETTINGS", "SITE_WATCH"]

SITE_READ = Permission("site.read", "See in short how the site fares", ("editor", "viewer"))
SITE_CONFIGURE = Permission("site.configure", "Change the configuration")
