"""The way of a file into the library: spool → what it is → what others say → its bytes → its row.

At every point a process may die: before the claim nothing is there but the spool; between claim and row the bytes are
loose and the sweep takes them when the claim has run out; with the row all is there, in one transaction.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import Call, NotFound, Reject, TooLarge
from newel.contracts.blobs import Blobs
from newel.contracts.images import Images
from newel.contracts.media import Source, UnknownType, Upload
from newel.hooks.media import media_around_store, media_before_store, media_resolve_type
from newel.structure import rfc3339
from newel.transact import transact
from newel_media.model import TEXTS, Found, Given, Stored
from newel_media.names import cleaned, extension, original_key
from newel_media.sniffing import HEAD, UNKNOWN, sniffed
from newel_media.spool import Spool, Spooled

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.database import Transaction
    from newel_media.config import MediaConfig
    from newel_media.store import Store

SVG = "image/svg+xml"


class Pipeline:
    """Takes files in."""

    def __init__(self, app: App, config: MediaConfig, store: Store, spool: Spool) -> None:
        self._app = app
        self._config = config
        self._store = store
        self.spool = spool

    async def take(
        self, call: Call, pieces: AsyncIterator[bytes], given: Given, *, source: Source, claimed: str = ""
    ) -> Stored:
        """One file, from its bytes to its asset. ``claimed`` is the type that the client says.

        Raises ``TooLarge``, ``Reject`` (type, image, duplicate, quota, a plugin's no), ``Transient``.
        """
        async with self.spool.place() as place:
            spooled = await self.spool.take(pieces, place / "upload", self._config.max_bytes)
            id = await self.arrive(call, spooled, given, source=source, claimed=claimed)
        stored: Stored = await self._app.operations.run("media.store", {"upload": id}, call)
        return stored

    async def arrive(
        self, call: Call, spooled: Spooled, given: Given, *, source: Source, claimed: str = "", id: str | None = None
    ) -> str:
        """A whole file in the spool: looks at it and puts its bytes into the store. Answers the id of an upload that
        ``media.store`` makes an asset of; ``id`` is one that is there already."""
        if spooled.bytes == 0:
            raise Reject("the file is empty", code="empty_file")
        mime = await self._type(call, spooled, given.name, claimed)
        spooled, facts = await self._looked_at(spooled, mime)
        upload = Upload(
            name=cleaned(given.name, mime), mime=mime, bytes=spooled.bytes, sha256=spooled.sha256, path=spooled.path,
            source=source, folder=given.folder, tags=given.tags, private=given.private,
            texts={"alt": given.alt, **{name: getattr(given, name) for name in TEXTS}},
        )  # fmt: skip
        upload = await self._app.hooks.fold(media_before_store, upload, call)
        async with self._app.hooks.around(media_around_store, upload, call):
            return await self._put(call, upload, given, facts, id)

    async def _type(self, call: Call, spooled: Spooled, name: str, claimed: str) -> str:
        mime = await asyncio.to_thread(sniffed, spooled.path, name)
        if mime == UNKNOWN:
            head = await asyncio.to_thread(_head, spooled.path)
            unknown = UnknownType(head=head, name=name, claimed=claimed)
            mime = await self._app.hooks.first(media_resolve_type, unknown, call) or UNKNOWN
        if not self.allows(mime):
            raise Reject(
                f"files of the type {mime} are not allowed here", code="type_not_allowed", extra={"mime": mime}
            )
        return mime

    def allows(self, mime: str) -> bool:
        """Whether the site takes a type. A ``*`` is not for what browsers run: that must be named."""
        runs = mime in (SVG, "text/html", "application/xml", "text/javascript")
        return mime in self._config.allow or (not runs and f"{mime.partition('/')[0]}/*" in self._config.allow)

    async def _looked_at(self, spooled: Spooled, mime: str) -> tuple[Spooled, dict[str, Any]]:
        """The file as it will be kept, and what is known of an image."""
        images = self._app.find(Images)
        if mime == SVG:
            if images is None:
                raise Reject("SVG cannot be made safe here: the plugin 'images' is off", code="type_not_allowed")
            clean = spooled.path.with_suffix(".svg")
            await images.sanitised_svg(spooled.path, clean)
            return await self.spool.again(clean), {}
        if images is None or mime not in images.reads:
            return spooled, {}
        if spooled.bytes > self._config.max_image_bytes:
            most = self._config.max_image_bytes
            raise TooLarge(f"an image may have {most:,} bytes at most", extra={"max_bytes": most})
        facts = await images.facts(spooled.path, mime)
        if facts.gps and not self._config.keep_place:
            clean = spooled.path.with_suffix(f".{extension(mime)}")
            if await images.without_place(spooled.path, mime, clean):
                spooled, facts = await self.spool.again(clean), evolve(facts, gps=False)
        return spooled, dict(self._app.structurer.unstructure(facts))

    async def _put(self, call: Call, upload: Upload, given: Given, facts: dict[str, Any], id: str | None) -> str:
        key = original_key(upload.sha256)
        await self.keep(key, upload.path, upload.mime)
        texts = upload.texts
        given = evolve(
            given, name=upload.name, folder=upload.folder, tags=upload.tags, private=upload.private,
            alt=texts.get("alt", {}), **{name: texts.get(name, "") for name in TEXTS},
        )  # fmt: skip
        found = Found(
            name=cleaned(upload.name, upload.mime), mime=upload.mime, bytes=upload.bytes, sha256=upload.sha256,
            source=upload.source, given=given, facts=facts,
        )  # fmt: skip

        async def body(tx: Transaction) -> str:
            await self._store.claims.hold(tx, key)
            return await self._arrived(tx, call, found, key, id)

        return await transact(self._store.db, body)

    async def keep(self, key: str, path: Path, mime: str, *, anew: bool = False) -> None:
        """Claims a key and puts a file there, unless its bytes are there already: keys say what they hold. ``anew``:
        even then."""
        now = self._app.clock.now()
        until = rfc3339(now + timedelta(hours=self._config.sweep_hours))
        blobs = self._app.need(Blobs)
        size = (await asyncio.to_thread(path.stat)).st_size
        known = await self._store.claims.claim(key, size, now, until)
        if anew or not known or not await _whole(blobs, key, size):
            await blobs.put_file(key, path, content_type=mime)

    async def _arrived(self, tx: Transaction, call: Call, found: Found, key: str, id: str | None) -> str:
        text = json.dumps(self._app.structurer.unstructure(found))
        if id is not None:
            row = await self._store.uploads.locked(tx, id)
            if row is None:
                raise NotFound(f"there is no upload '{id}'")
            if row["state"] != "done":  # else somebody was faster, and it is an asset
                await self._store.uploads.change(tx, id, state="arrived", found_json=text, blob=key)
            return id
        now = self._app.clock.now()
        id = self._app.ids.new()
        await self._store.uploads.add(tx, {
            "id": id, "state": "arrived", "kind": found.source, "actor": call.actor.id[:64], "name": found.name,
            "size": found.bytes, "received": found.bytes, "given_json": "{}", "found_json": text, "blob": key,
            "created_at": rfc3339(now), "expires_at": rfc3339(now + timedelta(hours=1)),
        })  # fmt: skip
        return id


async def _whole(blobs: Blobs, key: str, size: int) -> bool:
    try:
        return (await blobs.head(key)).size == size
    except NotFound:
        return False


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)
