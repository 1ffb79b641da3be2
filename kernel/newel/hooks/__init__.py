"""Every hook we ship, one file a subject. The docstrings are the manual; the reference pages are made from them."""

from __future__ import annotations

from newel.hooks import backup, content, delivery, files, http, jobs, lifecycle, media, operations, site, tui

HOOK_MODULES = (lifecycle, operations, content, delivery, http, media, jobs, files, site, tui, backup)
