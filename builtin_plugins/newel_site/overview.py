"""The site at a glance."""

from __future__ import annotations

import os
import platform
import socket
from datetime import datetime
from typing import TYPE_CHECKING

from newel import Call
from newel.contracts.database import Database
from newel.contracts.http import HttpServer
from newel.contracts.jobs import Jobs
from newel.contracts.site import Backups
from newel.structure import rfc3339
from newel.versions import VERSION
from newel_site.model import Overview, PluginCounts, Trouble
from newel_site.permissions import SITE_WATCH

if TYPE_CHECKING:
    from newel.app import App


class Glance:
    """Puts the overview together."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.started: datetime = app.clock.now()

    async def taken(self, call: Call) -> Overview:
        app, whole = self._app, call.actor.may(SITE_WATCH)
        server, database = app.find(HttpServer), app.find(Database)
        jobs, backups = app.find(Jobs), app.find(Backups)
        failed = {one.plugin for one in app.failures}
        standing = None if backups is None else await backups.standing()
        return Overview(
            name=app.folder.name, version=VERSION, url="" if server is None else server.url,
            started_at=rfc3339(self.started),
            uptime_seconds=max(0, int((app.clock.now() - self.started).total_seconds())),
            node=f"{socket.gethostname()}:{os.getpid()}" if whole else "",
            engine=database.server if whole and database is not None else "",
            python=platform.python_version() if whole else "",
            plugins=PluginCounts(
                on=len(app.plugins), off=len(set(app.found) - set(app.plugins) - failed), failed=len(failed)
            ),
            troubles=tuple(
                Trouble(plugin=one.plugin, stage=one.stage, cause=one.cause if whole else "") for one in app.failures
            ),
            queue=None if jobs is None else await jobs.figures(),
            backups=standing,
        )  # fmt: skip
