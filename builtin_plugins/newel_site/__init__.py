"""The site itself: how it fares, its configuration, its log."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.audit import Audit
from newel.contracts.database import Database
from newel.contracts.http import HttpServer
from newel.contracts.jobs import Jobs
from newel.contracts.site import Backups
from newel_site.config import SiteConfig

manifest = Manifest(
    name="site",
    summary="How the site fares: overview, health, configuration, log and figures.",
    load="newel_site.plugin:SitePlugin",
    config=SiteConfig,
    wants=(Audit, Backups, Database, HttpServer, Jobs),
)
