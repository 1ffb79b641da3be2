"""Makes what is missing of an image's renditions: one download and one decoding for all of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict

from newel import NotFound, Transient
from newel.contracts.blobs import Blobs
from newel.contracts.database import Row, Transaction
from newel.contracts.images import BadImage, Focal, Images, Rendered
from newel.structure import rfc3339
from newel.transact import transact
from newel_media.model import Made, Preset
from newel_media.names import rendition_key
from newel_media.renditions.flights import Flights
from newel_media.renditions.plan import ENDINGS, Source, Spec, specs, told
from newel_media.renditions.posters import Posters
from newel_media.view import focal_of

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store

NOTHING = "larger"
"""The state of a rendition that saves nothing: known, so that it is not made again, and not kept."""


class Rendering:
    """Renders assets."""

    def __init__(self, app: App, store: Store, pipeline: Pipeline) -> None:
        self._app = app
        self._store = store
        self._pipeline = pipeline
        self._flights = Flights(store)
        self._posters = Posters(app, store, pipeline, self._flights)

    async def presets(self) -> list[Preset]:
        """All presets, by name."""
        rows = await self._store.presets.all(self._store.db)
        return [self.preset(row) for row in rows]

    def preset(self, row: Row) -> Preset:
        given = json.loads(row["preset_json"])
        return self._app.structurer.structure({**given, "name": row["name"], "revision": row["revision"]}, Preset)

    async def bring(self, id: str, *, only: str | None = None, lost: bool = False, before: str = "") -> int:
        """Brings an asset's renditions up to its focal point and the presets; answers how many were made.

        ``only``: makes those of one preset. ``lost``: also makes those whose bytes are gone. ``before``: also makes
        those anew that are older. Where the asset changed meanwhile nothing is written: another job is on its way.
        ``BadImage`` is noted.
        """
        row = await self._store.assets.get(self._store.db, id)
        images = self._app.find(Images)
        if row is None or images is None:
            return 0
        try:
            if row["mime"] in images.posters:
                await self._posters.bring(row, lost=lost)
            base = await self.base(row)
            if base is None:
                await self._note(row, self._nothing)
                return 0
            blob, source = base
            wanted = specs(source, await self.presets(), images.formats)
            due = [one for one in wanted if only in (None, one.preset)]
            made = await self.make(blob, source, due, lost=lost, before=before)
        except BadImage:
            await self.failed(row)
            raise

        async def brought(tx: Transaction, now: Row) -> dict[str, Any]:
            return await self._brought(tx, now, source, wanted, due)

        await self._note(row, brought)
        return made

    async def base(self, row: Row) -> tuple[str, Source] | None:
        """What an asset's renditions are made of, and the key of those bytes: itself, or its poster if there is one."""
        images = self._app.find(Images)
        if images is None:
            return None
        if row["mime"] in images.posters:
            return await self._posters.find(row)
        source = source_of(row)
        return None if source is None or source.mime not in images.reads else (row["blob"], source)

    async def failed(self, row: Row) -> None:
        """Notes that nothing can be made of these bytes."""
        await self._note(row, self._failed)

    async def make(
        self, blob: str, source: Source, wanted: Sequence[Spec], *, lost: bool = False, before: str = ""
    ) -> int:
        """Those of ``wanted`` that are not there yet (``lost``, ``before``: see ``bring``); answers how many. Who else
        wants some of the same bytes waits."""

        async def find() -> int | None:
            known = await self._known(source, lost=lost, before=before, due=wanted)
            return 0 if all(one.hash in known for one in wanted) else None

        async def make() -> int:
            known = await self._known(source, lost=lost, before=before, due=wanted)
            return await self._make(blob, source, wanted, known)

        return await self._flights.once(source.sha256, find, make)

    async def _failed(self, tx: Transaction, row: Row) -> dict[str, Any]:
        return {"status": "failed"}

    async def _nothing(self, tx: Transaction, row: Row) -> dict[str, Any]:
        return {"status": "none", "renditions_json": "[]"}

    async def _brought(
        self, tx: Transaction, row: Row, source: Source, wanted: Sequence[Spec], due: Sequence[Spec]
    ) -> dict[str, Any]:  # fmt: skip
        """What is there by now, be it that others made it. It stays: who clears away waits, and then sees it named."""
        held = await self._store.renditions.held(tx, [one.hash for one in wanted])
        if any(one.hash not in held for one in due):
            raise Transient("a rendition was cleared away meanwhile", code="rendition_gone")
        rows = await self._store.renditions.of(tx, source.sha256)
        made = told([_made(rows[one.hash], one) for one in wanted if one.hash in held and _there(rows, one)])
        left = {one["hash"] for one in json.loads(row["renditions_json"])} - {one.hash for one in made}
        await self._store.renditions.let_go(tx, left, rfc3339(self._app.clock.now()))
        whole = all(one.hash in held for one in wanted)
        return {
            "status": "ready" if whole else row["status"],
            "renditions_json": json.dumps([asdict(one) for one in made]),
        }  # fmt: skip

    async def _known(self, source: Source, *, lost: bool, before: str, due: Sequence[Spec]) -> dict[str, Row]:
        """What need not be made, by hash."""
        rows = await self._store.renditions.of(self._store.db, source.sha256)
        known = {name: row for name, row in rows.items() if row["created_at"] >= before}
        if lost:
            for one in due:
                if one.hash in known and not await self._lies_there(known[one.hash]):
                    del known[one.hash]
        return known

    async def _lies_there(self, row: Row) -> bool:
        if not row["key"]:  # it saves nothing, and was not kept
            return True
        try:
            return (await self._app.need(Blobs).head(row["key"])).size == int(row["bytes"])
        except NotFound:
            return False

    async def _make(self, blob: str, source: Source, wanted: Sequence[Spec], known: Mapping[str, Row]) -> int:
        there = await self._store.renditions.of(self._store.db, source.sha256)
        missing = [one for one in wanted if one.hash not in known]
        async with self._pipeline.spool.place() as place:
            original = place / "original"
            async with self._app.need(Blobs).get(blob) as read:
                await self._pipeline.spool.take(read.pieces, original, read.length)
            folder = place / "made"
            await asyncio.to_thread(folder.mkdir)
            rendered = await self._app.need(Images).render(
                original, source.mime, [one.rendition for one in missing], folder
            )
            sizes = {one.hash: result.bytes for one, result in zip(missing, rendered, strict=True)}
            sizes |= {one.hash: known[one.hash]["bytes"] for one in wanted if one.hash in known}
            for one, result in zip(missing, rendered, strict=True):
                larger = _saves_nothing(one, wanted, sizes)
                await self._keep(source, one, result, larger=larger, anew=one.hash in there)
        return len(missing)

    async def _keep(self, source: Source, one: Spec, result: Rendered, *, larger: bool, anew: bool) -> None:
        """``anew``: it has a row, and perhaps bytes that are not to be trusted."""
        key = "" if larger else rendition_key(one.hash, ENDINGS[result.mime])
        if key:
            await self._pipeline.keep(key, Path(result.path), result.mime, anew=anew)

        async def body(tx: Transaction) -> None:
            if key:
                await self._store.claims.hold(tx, key)
            if anew:
                await self._store.renditions.delete(tx, one.hash)
            await self._store.renditions.add(tx, {
                "hash": one.hash, "sha256": source.sha256, "preset": one.preset,
                "state": NOTHING if larger else "ready", "mime": result.mime, "width": result.width,
                "height": result.height, "bytes": result.bytes, "key": key,
                "created_at": rfc3339(self._app.clock.now()),
            })  # fmt: skip

        await transact(self._store.db, body)

    async def _note(self, seen: Row, change: Callable[[Transaction, Row], Awaitable[dict[str, Any]]]) -> None:
        """Writes what ``change`` answers, unless the asset changed since it was seen. It holds the asset, so of two
        who bring the same one the second sees all that the first made."""

        async def body(tx: Transaction) -> None:
            row = await self._store.assets.locked(tx, seen["id"])
            if row is None or any(row[name] != seen[name] for name in ("sha256", "focal_x", "focal_y")):
                return
            changed = dict(row) | await change(tx, row)
            if changed != dict(row):
                await self._store.assets.update(tx, changed)

        await transact(self._store.db, body)


def source_of(row: Row) -> Source | None:
    """``None`` for what is no image, or was not looked at."""
    facts = json.loads(row["facts_json"])
    if row["width"] is None or row["height"] is None or "frames" not in facts:
        return None
    return Source(
        sha256=row["sha256"], mime=row["mime"], width=row["width"], height=row["height"], frames=facts["frames"],
        alpha=facts["alpha"], focal=focal_of(row) or Focal(),
    )  # fmt: skip


def _saves_nothing(one: Spec, wanted: Sequence[Spec], sizes: Mapping[str, int]) -> bool:
    """Whether a format that browsers look at after this one is not larger in all."""
    if one.fallback:
        return False
    totals: dict[str, int] = {}
    for other in wanted:
        if other.preset == one.preset:
            totals[other.mime] = totals.get(other.mime, 0) + sizes[other.hash]
    order = list(totals)
    return any(totals[mime] <= totals[one.mime] for mime in order[order.index(one.mime) + 1 :])


def _there(rows: Mapping[str, Row], one: Spec) -> bool:
    return one.hash in rows and rows[one.hash]["state"] == "ready"


def _made(row: Row, one: Spec) -> Made:
    # Not the row's preset: presets that ask for the same share it.
    return Made(
        preset=one.preset, hash=one.hash, mime=row["mime"], width=row["width"], height=row["height"],
        bytes=row["bytes"],
    )  # fmt: skip
