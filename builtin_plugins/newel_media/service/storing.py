"""From an upload that has arrived to an asset: the one transaction in which a file comes into the library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from attrs import asdict, evolve, frozen

from newel import Call, Conflict, MaxLength, NotFound, PreconditionFailed, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row
from newel.contracts.images import Focal, Images
from newel.contracts.jobs import Jobs
from newel.contracts.media import AssetEvent
from newel.hooks.media import media_after_replace, media_after_store
from newel.structure import rfc3339
from newel_media.model import TEXTS, Found, Id, Stored
from newel_media.names import kind_of
from newel_media.permissions import MEDIA_WRITE
from newel_media.service.texts import checked_alt, searchable, tagged
from newel_media.view import SCALE

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.database import Transaction
    from newel_media.config import MediaConfig
    from newel_media.store import Store
    from newel_media.view import View

RENDER = "media.render"
FEW = 10
KEPT = ("frames", "alpha", "gps", "thumbhash", "color")
"""Of an image's facts, what has no column."""


@frozen(kw_only=True)
class FromUpload:
    """Which upload."""

    upload: Annotated[str, "The id of an upload that has arrived.", MaxLength(26)]


@frozen(kw_only=True)
class Replace:
    """Other bytes for an asset."""

    id: Id
    upload: Annotated[str, "The id of an upload that has arrived.", MaxLength(26)]
    revision: Annotated[int | None, "The revision that this is based on."] = None


class Storing:
    """``media.store`` and ``media.replace``."""

    def __init__(self, app: App, config: MediaConfig, store: Store, view: View) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._view = view

    async def similar(self, call: Call, order: FromUpload) -> tuple[str, ...]:
        """Images that look the same; before the transaction, since it may take a while."""
        row = await self._store.uploads.get(self._store.db, order.upload)
        if row is None or row["found_json"] is None or self._config.near < 0:
            return ()
        phash = json.loads(row["found_json"])["facts"].get("phash")
        if not phash:
            return ()
        return tuple(await self._store.looks.near(self._store.db, phash, self._config.near, FEW))

    @operation("media.store", needs=MEDIA_WRITE, effect="write", command=False, prepare=similar)
    async def store(self, call: Call, order: FromUpload, similar: tuple[str, ...]) -> Stored:
        """Makes an asset of a file that has arrived. Where it was made already, answers that."""
        upload = await self._upload(call, order.upload)
        if upload["state"] == "done":
            return await self._there(call.tx, upload["asset"], created=False)
        found = self._found(upload)
        await self._store.claims.hold(call.tx, upload["blob"])  # also keeps apart who stores the same bytes
        same = await self._store.assets.same(call.tx, found.sha256)
        policy = found.given.on_duplicate or self._config.duplicates
        if same and policy == "refuse":
            raise Conflict("the library has these bytes already", code="duplicate", extra={"asset": same[0]})
        if same and policy == "reuse":
            await self._done(call.tx, upload, same[0])
            return await self._there(call.tx, same[0], created=False)
        await self._allowed(call, found.bytes)
        id = self._app.ids.new()
        row = await self._row(call, id, found, upload["blob"])
        await self._store.assets.add(call.tx, row, tagged(found.given.tags))
        await self._store.looks.put(call.tx, id, row["phash"])
        await self._done(call.tx, upload, id)
        await self._render(call, row)
        call.changed(Change(entity="media", id=id, before=None, after=told(row)))
        call.emit(media_after_store, event(row))
        stored = await self._there(call.tx, id, created=True)
        return evolve(stored, duplicates=tuple(same[:FEW]), similar=tuple(one for one in similar if one not in same))

    @operation("media.replace", needs=MEDIA_WRITE, http="POST /media/{id}/replace", effect="write", revision="revision")
    async def replace(self, call: Call, order: Replace) -> Stored:
        """Gives an asset the bytes of an upload that has arrived. Its id, address, place and texts stay."""
        upload = await self._upload(call, order.upload)
        before = await self._store.assets.locked(call.tx, order.id)
        if before is None:
            raise NotFound(f"there is no asset '{order.id}'")
        if upload["state"] == "done":
            return await self._there(call.tx, order.id, created=False)
        tags = (await self._store.assets.tags_of(call.tx, [order.id])).get(order.id, [])
        check_revision(before, order.revision, self._view, self._app.clock.now(), tags)
        found = self._found(upload)
        await self._store.claims.hold(call.tx, upload["blob"])
        await self._allowed(call, found.bytes - before["bytes"])
        fresh = await self._row(call, order.id, found, upload["blob"])
        kept = ("folder", "private", "texts_json", "author", "created_at", "name")
        after: dict[str, Any] = {**fresh, **{name: before[name] for name in kept}, "revision": before["revision"] + 1}
        if found.mime != before["mime"]:  # its name says what it is
            stem = before["name"].rpartition(".")[0] or before["name"]
            after["name"] = f"{stem}.{fresh['name'].rpartition('.')[2]}"
        after["search"] = searchable(after["name"], json.loads(after["texts_json"]), tags)
        await self._store.assets.update(call.tx, after)
        await self._store.looks.put(call.tx, order.id, after["phash"])
        await self._done(call.tx, upload, order.id)
        await self._render(call, after)
        call.changed(Change(entity="media", id=order.id, before=told(before), after=told(after)))
        call.emit(media_after_replace, event(after))
        return await self._there(call.tx, order.id, created=False)

    async def _upload(self, call: Call, id: str) -> Row:
        row = await self._store.uploads.locked(call.tx, id)
        if row is None or row["actor"] != call.actor.id[:64]:
            raise NotFound(f"there is no upload '{id}'")
        if row["state"] == "receiving":
            raise Conflict("this upload has not arrived yet", code="not_arrived")
        return row

    def _found(self, upload: Row) -> Found:
        found: Found = self._app.structurer.structure(json.loads(upload["found_json"]), Found)
        return found

    async def _allowed(self, call: Call, more: int) -> None:
        """Whether the quota has room."""
        site, user = self._config.quota_bytes, self._config.quota_bytes_per_user
        if (site or user) and more > 0:
            await self._store.states.lock(call.tx, "quota")
        if site and await self._store.assets.total(call.tx) + more > site:
            raise Conflict(f"the library is full: it may have {site:,} bytes", code="quota")
        if user and await self._store.assets.total(call.tx, call.actor.id[:64]) + more > user:
            raise Conflict(f"your files may have {user:,} bytes in all", code="quota")

    async def _row(self, call: Call, id: str, found: Found, blob: str) -> dict[str, Any]:
        given, now = found.given, rfc3339(call.now)
        if given.folder is not None and not await self._store.folders.hold(call.tx, given.folder):
            raise Reject.field("/folder", "not_found", f"there is no folder '{given.folder}'")
        texts = {"alt": checked_alt(given.alt), **{name: getattr(given, name) for name in TEXTS}}
        facts = dict(found.facts)
        salient = facts.pop("salient", None) if self._config.focal == "salient" else None
        images = self._app.find(Images)
        renders = images is not None and found.mime in images.reads | images.posters
        kept: dict[str, Any] = {
            name: facts[name] for name in ("frames", "alpha", "gps", "thumbhash", "color") if name in facts
        }
        if facts:
            kept["focal"] = salient or {"x": 0.5, "y": 0.5}
        focal: Focal | None = given.focal
        return {
            "id": id, "revision": 1, "name": found.name, "folder": given.folder or "", "kind": kind_of(found.mime),
            "mime": found.mime, "bytes": found.bytes, "sha256": found.sha256, "blob": blob,
            "width": facts.get("width"), "height": facts.get("height"),
            "focal_x": None if focal is None else round(focal.x * SCALE),
            "focal_y": None if focal is None else round(focal.y * SCALE),
            "phash": facts.get("phash") or None, "facts_json": json.dumps(kept), "private": int(given.private),
            "status": "pending" if renders else "none", "renditions_json": "[]", "texts_json": json.dumps(texts),
            "search": searchable(found.name, texts, tagged(given.tags)), "author": call.actor.id[:64],
            "source": found.source, "created_at": now, "updated_at": now,
        }  # fmt: skip

    async def _done(self, tx: Transaction, upload: Row, asset: str) -> None:
        await self._store.uploads.change(tx, upload["id"], state="done", asset=asset, blob=None, found_json=None)

    async def _render(self, call: Call, row: dict[str, Any]) -> None:
        jobs = self._app.find(Jobs)
        if jobs is not None and row["status"] == "pending":
            await jobs.enqueue(call, RENDER, {"asset": row["id"]}, key=str(row["id"]))

    async def _there(self, tx: Transaction, id: str, *, created: bool) -> Stored:
        row = await self._store.assets.get(tx, id)
        if row is None:
            raise NotFound(f"there is no asset '{id}'")
        tags = (await self._store.assets.tags_of(tx, [id])).get(id, [])
        return Stored(created=created, **self._view.plain(row, tags, self._app.clock.now()))


def told(row: Any) -> dict[str, Any]:
    """An asset in the audit trail."""
    names = ("revision", "name", "folder", "mime", "bytes", "sha256", "focal_x", "focal_y", "private")
    return {name: row[name] for name in names} | {"texts": json.loads(row["texts_json"])}


def event(row: Any) -> AssetEvent:
    """An asset as other plugins are told of it."""
    return AssetEvent(
        type="media", id=row["id"], name=row["name"], mime=row["mime"], bytes=row["bytes"], sha256=row["sha256"],
        source=row["source"], folder=row["folder"] or None, private=bool(row["private"]),
    )  # fmt: skip


def check_revision(row: Row, revision: int | None, view: View, now: Any, tags: Sequence[str] = ()) -> None:
    """Raises ``PreconditionFailed`` where somebody else changed it; it says what the asset is now."""
    if revision is not None and revision != row["revision"]:
        raise PreconditionFailed(
            "somebody changed this asset meanwhile",
            extra={"revision": row["revision"], "base": revision, "current": asdict(view.asset(row, tags, now))},
        )
