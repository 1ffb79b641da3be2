"""What is there: nothing here changes anything."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from newel_deploy.far.health import Health
from newel_deploy.far.place import Place
from newel_deploy.far.service import Service


def status(place: Place, service: Service, health: Health) -> list[str]:
    present = place.current()
    if present is None:
        return ["nothing is deployed here yet"]
    lines = [f"release   {present}", f"service   {service.state()}", f"health    {health.fault() or 'ready'}"]
    journal = place.journal()
    if journal:
        lines.append(
            f"under way {journal['what']} of {journal['release']}, at '{journal['stage']}' since {journal['began_at']}"
        )
    lines += ["", f"{'release':<28} {'deployed':<25} {'backup of before'}"]
    for one in place.whole():
        mark = "*" if one["name"] == present else " "
        lines.append(f"{mark}{one['name']:<27} {one.get('deployed_at') or '-':<25} {one.get('snapshot') or '-'}")
    return lines


def history(place: Place, lines: int) -> list[str]:
    """The newest last."""
    return [_told(one) for one in place.history()[-lines:]] or ["nothing has been deployed here yet"]


def _told(one: dict[str, Any]) -> str:
    what = f"{one['what']:<8}  {one['result']:<11}  {one['release']} after {one['previous'] or 'nothing'}"
    by = f"  by {one['by']}" if one.get("by") else ""
    why = f"  {str(one['why']).splitlines()[0]}" if one.get("why") else ""
    return f"{one['ended_at']}  {what}{by}{why}"


def plan(place: Place, service: Service, order: dict[str, Any]) -> list[str]:
    """What a deployment of this release would do."""
    release, present, files = order["release"], place.current(), order["files"]
    root = place.root if place.root.exists() else place.root.parent
    free = f"{shutil.disk_usage(root).free >> 20} MB free in {root}" if root.exists() else f"no {root}"
    version = ".".join(map(str, sys.version_info[:3]))
    if (place.folder(release) / "release.json").exists():
        install = "is there already"
    else:
        install = f"{len(files)} files, {sum(one['size'] for one in files) >> 10} kB, and what the lock names"
    backup = f"to '{order['target']}', by {present}" if present else "none: nothing runs here yet"
    lines = [
        f"python {version}, {free}, service {service.state()}, now {present or 'nothing'}",
        f"install  {release}: {install}",
        f"check    `newel check` and `newel doctor` of {release}, on {place.site}",
        f"backup   {'none (--no-backup)' if order.get('no_backup') else backup}; after the stop where tables change",
        "stop",
        "migrate  where tables change",
        f"switch   current -> {release}",
        f"start    and health: {order['attempts']} times, {order['every']:g} s apart, {order['health']}",
        f"         otherwise back to {present or 'nothing'}",
    ]
    return [lines[0], f"{release} runs already: nothing would be done"] if present == release else lines
