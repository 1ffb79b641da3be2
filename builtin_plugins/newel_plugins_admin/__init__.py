"""The plugins of a running site: seen, and switched, through every door."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.audit import Audit

manifest = Manifest(
    name="plugins_admin",
    summary="See the plugins of a running site, and switch them on and off.",
    load="newel_plugins_admin.plugin:PluginsAdmin",
    wants=(Audit,),
)
