"""Checks that are nobody else's: the disk, the clock, the plugins."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from newel.contracts.database import Database
from newel.contracts.site import Finding, HealthCheck
from newel_site.config import SiteConfig

if TYPE_CHECKING:
    from newel.app import App

MIB = 1 << 20
FULL = 64 * MIB
FEW_NAMES, NO_NAMES = 50_000, 1000
"""Inodes: files that can still be made."""
APART = timedelta(seconds=5)


class OwnChecks:
    """Brings them."""

    def __init__(self, app: App, config: SiteConfig) -> None:
        self._app = app
        self._config = config

    def all(self) -> Sequence[HealthCheck]:
        return (
            HealthCheck(name="site.disk", summary="Room where the site lies", look=self.disk, running=False),
            HealthCheck(name="site.clock", summary="This machine's clock", look=self.clock),
            HealthCheck(name="site.plugins", summary="Failed plugins and paused hooks", look=self.plugins),
        )

    async def disk(self) -> Finding:
        folder = self._app.folder
        free, total, names = await asyncio.to_thread(_room, folder)
        told = f"{_size(free)} of {_size(total)} are free in {folder}"
        if names is not None and names < FEW_NAMES:
            return Finding(
                state="failing" if names < NO_NAMES else "warning", detail=f"{told}, but only {names:,} more files",
                remedy="Remove small files there, or make the file system anew with more inodes (`df -i`).",
            )  # fmt: skip
        remedy = "Make room: old backups, files outside the site; `newel db compact` gives back what deleted rows took."
        if free >= self._config.free_disk_mib * MIB:
            return Finding(detail=told)
        return Finding(state="failing" if free < FULL else "warning", detail=told, remedy=remedy)

    async def clock(self) -> Finding:
        database = self._app.find(Database)
        if database is None:
            return Finding(detail="there is no other clock to compare with")
        before = self._app.clock.now()
        there = await database.now()
        apart = min(abs(there - before), abs(there - self._app.clock.now()))
        if apart > APART:
            return Finding(
                state="warning", detail=f"the database's clock differs by {apart.total_seconds():.0f} s",
                remedy="Have both machines take the time from the network (NTP).",
            )  # fmt: skip
        return Finding(detail=f"within {max(apart.total_seconds(), 0.001):.3f} s of the database's")

    async def plugins(self) -> Finding:
        app = self._app
        paused = [f"{plugin} ({hook})" for plugin, hook in sorted(app.hooks.health()) if app.hooks.paused(plugin, hook)]
        failed = sorted({one.plugin for one in app.failures})
        if not failed:
            return Finding(detail=f"{len(app.plugins)} plugins run, none has failed")
        told = f"something failed in {', '.join(failed)}"
        if paused:
            told += f"; paused: {', '.join(paused)}"
        return Finding(state="warning", detail=told, remedy=app.failures[-1].remedy)


def _room(folder: Path) -> tuple[int, int, int | None]:
    """Bytes that are free, bytes in all, and how many files more there can be; ``None``: there is no such limit."""
    room, found = shutil.disk_usage(folder), os.statvfs(folder)
    return room.free, room.total, found.f_favail if found.f_files else None


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
