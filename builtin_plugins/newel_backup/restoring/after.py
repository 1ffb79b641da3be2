"""After a restore: it is told once, and what was before it is kept until somebody says that it may go."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from attrs import frozen

from newel import SYSTEM
from newel.app import App
from newel.contracts.backup import RestoredEvent
from newel.contracts.blobs import Blobs, BlobsConfig
from newel.contracts.database import Database, DatabaseConfig
from newel.errors import NotFound
from newel.hooks.backup import site_restored
from newel_backup.config import BackupConfig
from newel_backup.known import OLD, RESTORED, Known
from newel_backup.restoring.fence import FENCE
from newel_backup.restoring.places import real, remove_database, remove_store, shown


@frozen(kw_only=True)
class OldSite:
    """What a site was before a restore took its place."""

    id: Annotated[str, "Of the restore."]
    at: Annotated[str, "When it was put aside; RFC 3339."]
    snapshot: Annotated[str, "What took its place."]
    database: Annotated[str, "Its database, without a password."]
    store: Annotated[str, "Where its files are; empty: it had none."]


@frozen(kw_only=True)
class OldSites:
    data: tuple[OldSite, ...]


async def tell_restored(app: App, database: Database) -> None:
    """Tells ``site_restored`` at the first start on a restored database."""
    known = Known(database)
    if (text := await known.get(RESTORED)) is None:
        return
    found = orjson.loads(text)
    await known.remove(RESTORED)
    event = RestoredEvent(snapshot=found["snapshot"], target=found["target"], parts=tuple(found["parts"]))
    app.tell([(site_restored, event)], app.call(SYSTEM, "start"))


async def old_sites(database: Database) -> list[OldSite]:
    """The oldest first."""
    found: list[dict[str, Any]] = orjson.loads(await Known(database).get(OLD) or "[]")
    return [OldSite(**one) for one in found]


async def forget_old(app: App, database: Database) -> list[OldSite]:
    """Removes databases and files of old sites, but for what the present site uses. A database on another server, or on
    one where this account may not drop it, is left; the error says so. Raises ``NotFound`` where there is none."""
    sites = await old_sites(database)
    if not sites:
        raise NotFound("nothing is kept of an earlier site", code="no_old")
    used = await asyncio.to_thread(_used, app)
    known = Known(database)
    for place, one in enumerate(sites):
        if await asyncio.to_thread(real, app, one.database) not in used:
            _same_server(one.database, shown(app.config(DatabaseConfig).url.reveal()))
            await remove_database(app, one.database, database)
        if one.store and await asyncio.to_thread(real, app, one.store) not in used:
            await remove_store(app, one.store, used)
        rest = [
            {"id": left.id, "at": left.at, "snapshot": left.snapshot, "database": left.database, "store": left.store}
            for left in sites[place + 1 :]
        ]
        await known.put(OLD, orjson.dumps(rest).decode())
    return sites


def _used(app: App) -> set[str]:
    """Places that are in use: database, files, and targets of backups."""
    urls = [app.config(DatabaseConfig).url, *(one.url for one in app.config(BackupConfig).targets.values())]
    if Blobs in app.plan.providers:
        urls.append(app.config(BlobsConfig).url)
    return {real(app, url.reveal()) for url in urls}


def _same_server(old: str, present: str) -> None:
    if not old.startswith("sqlite:") and old.rpartition("/")[0] != present.rpartition("/")[0]:
        raise NotFound(f"the old database {old} is on another server: remove it there", code="elsewhere")


async def reopened(database: Database) -> bool:
    """Takes writes again on a database that a site had moved away from; whether it did not."""
    known = Known(database)
    closed = await known.get(FENCE) is not None
    await known.remove(FENCE)
    return closed
