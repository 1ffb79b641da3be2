"""Files of a snapshot that come back into a running library: those that are not there any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from newel import Call
from newel.contracts.audit import Act, Audit, Change
from newel.contracts.backup import PiecesBrought, RestorablePiece
from newel.contracts.blobs import Blobs
from newel.errors import NewelError, Reject
from newel.transact import transact
from newel_media import tables
from newel_media.names import original_key, rendition_key
from newel_media.permissions import MEDIA_WRITE

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.database import Row, Transaction
    from newel_media.pipeline import Pipeline
    from newel_media.spool import Spool
    from newel_media.store import Store

MOST = 100
ROOT = ""


class MediaPieces:
    """``media``: assets by their ids, with their bytes, renditions, tags and folders. What is there stays as it is."""

    def __init__(self, app: App, store: Store, pipeline: Pipeline, spool: Spool) -> None:
        self._app = app
        self._store = store
        self._pipeline = pipeline
        self._spool = spool

    def all(self) -> Sequence[RestorablePiece]:
        return [
            RestorablePiece(
                name="media", summary="Files that are not in the library any more; what is there stays as it is.",
                parts=("media",), valued=False, bring=self.bring,
            )
        ]  # fmt: skip

    async def bring(self, there: App, value: str, call: Call, dry_run: bool) -> PiecesBrought:
        call.actor.require(MEDIA_WRITE)
        other: Store = there.plugins["media"].store  # type: ignore[attr-defined]  # the same plugin, on another site
        counts, faults = Counter[str](), list[str]()
        every = other.db.render(select(tables.assets).order_by(tables.assets.c.id))
        async with aclosing(other.db.iterate(every)) as rows:  # type: ignore[type-var]  # a generator
            async for row in rows:
                if await self._store.assets.get(self._store.db, row["id"]) is not None:
                    counts["unchanged"] += 1
                    continue
                try:
                    if not dry_run:
                        await self._one(there, other, row, call)
                    counts["created"] += 1
                except NewelError as error:
                    counts["failed"] += 1
                    if len(faults) < MOST:
                        faults.append(f"{row['name']}: {error}")
        return PiecesBrought(counts=dict(counts), faults=tuple(faults))

    async def _one(self, there: App, other: Store, row: Row, call: Call) -> None:
        made = [one for one in (await other.renditions.of(other.db, row["sha256"])).values() if one["state"] == "ready"]
        # Rows that somebody forged must not put other bytes in the place of what is here.
        if row["blob"] != original_key(row["sha256"]) or not all(map(_own_key, made)):
            raise Reject("its row names other bytes than its own", code="media_damaged")
        await self._bytes(there, row["blob"], row["mime"], row["sha256"])
        for one in made:
            await self._bytes(there, one["key"], one["mime"])
        tags = (await other.assets.tags_of(other.db, [row["id"]])).get(row["id"], [])

        async def body(tx: Transaction) -> None:
            for key in (row["blob"], *(one["key"] for one in made)):
                await self._store.claims.hold(tx, key)
            folder = await self._folder(tx, other, row["folder"])
            await self._store.assets.add(tx, {**row, "folder": folder}, tags)
            await self._store.looks.put(tx, row["id"], row["phash"])
            for one in made:
                await self._store.renditions.add(tx, dict(one))
            if (audit := self._app.find(Audit)) is not None:
                after: dict[str, Any] = {"name": row["name"], "sha256": row["sha256"], "folder": folder}
                change = Change(entity="asset", id=row["id"], before=None, after=after)
                await audit.append(tx, [Act(call=call, operation="backup.pieces", changes=[change])])

        await transact(self._store.db, body)

    async def _bytes(self, there: App, key: str, mime: str, sha256: str = "") -> None:
        async with self._spool.place() as place, there.need(Blobs).get(key) as read:
            spooled = await self._spool.take(read.pieces, place / "file", read.length)
            if sha256 not in ("", spooled.sha256):
                raise Reject("its bytes are not what its row says", code="media_damaged")
            await self._pipeline.keep(key, spooled.path, mime)

    async def _folder(self, tx: Transaction, other: Store, id: str) -> str:
        """The folder's id here: made where it is missing, another one of that name where there is one."""
        if id == ROOT or await self._store.folders.hold(tx, id):
            return id
        row = await other.folders.get(other.db, id)
        if row is None:
            return ROOT
        parent = await self._folder(tx, other, row["parent"])
        if (same := await self._store.folders.child(tx, parent, row["name_key"])) is not None:
            return str(same["id"])
        await self._store.folders.add(tx, {**row, "parent": parent})
        return id


def _own_key(rendition: Row) -> bool:
    return str(rendition["key"]).startswith(f"{rendition_key(rendition['hash'], '')}")
