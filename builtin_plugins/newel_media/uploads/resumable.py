"""Uploads that go on after an interruption: their pieces lie in the store of blobs, so any process goes on with them.

A piece is put first and then noted in the row, in a transaction that sees that it follows what is there. So of two who
send the same bytes at once one is noted, and a process that dies leaves at most a piece that nobody has noted: it goes
with the upload. Keys are of one attempt only, or a late one would write over a piece that counts.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, frozen

from newel import Call, Conflict, NotFound, Reject, TooLarge, Transient
from newel.contracts.blobs import Blobs
from newel.contracts.database import Row, Transaction
from newel.errors import NewelError
from newel.structure import rfc3339
from newel.transact import transact
from newel_media.model import Given, Stored
from newel_media.names import incoming
from newel_media.sniffing import UNKNOWN, sniffed
from newel_media.sweep import emptied
from newel_media.uploads.flow import Flow

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.spool import Spooled
    from newel_media.store import Store

PIECE = 8 << 20
"""Bytes of a piece: what is kept of a body that breaks off lies in whole pieces and the rest."""
MOST_PIECES = 10_000
Kind = Literal["resumable", "direct", "archive"]


@frozen(kw_only=True)
class Announced:
    """What was said of a file before it came."""

    given: Given
    mime: str = ""
    sha256: str = ""


@frozen
class Checksum:
    """What a body must have."""

    algorithm: str
    digest: bytes


class ChecksumMismatch(Reject):
    """Other bytes came than were announced. None of them is kept."""

    code = "checksum_mismatch"


@define
class _Lock:
    lock: asyncio.Lock
    users: int = 0


class Resumable:
    """Rows of ``media_uploads`` that are on their way, and the bytes of each."""

    def __init__(self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._pipeline = pipeline
        self._locks: dict[str, _Lock] = {}

    async def begin(
        self, tx: Transaction, call: Call, announced: Announced, size: int, kind: Kind, key: str = "", most: int = 0
    ) -> str:
        """A new upload of ``size`` bytes. Answers its id. ``key``: where its bytes will come to lie in one piece.
        ``most``: another limit than that of files.

        Raises ``TooLarge``, and ``Reject`` for an empty one.
        """
        most = most or self._config.max_bytes
        if size > most:
            raise TooLarge(f"a file may have {most:,} bytes at most", extra={"max_bytes": most})
        if size == 0:
            raise Reject("the file is empty", code="empty_file")
        folder = announced.given.folder
        if folder is not None and not await self._store.folders.hold(tx, folder):  # said before the bytes come
            raise Reject.field("/folder", "not_found", f"there is no folder '{folder}'")
        now, id = self._app.clock.now(), self._app.ids.new()
        await self._store.uploads.add(tx, {
            "id": id, "state": "receiving", "kind": kind, "actor": call.actor.id[:64],
            "name": announced.given.name[:255], "size": size,
            "given_json": json.dumps(self._app.structurer.unstructure(announced)),
            "parts_json": json.dumps([_part(incoming(id) + key, 0, size)] if key else []), "created_at": rfc3339(now),
            "expires_at": rfc3339(now + timedelta(hours=self._config.upload_hours)),
        })  # fmt: skip
        return id

    async def begun(self, tx: Transaction, id: str) -> Row:
        """An upload that this transaction began."""
        row = await self._store.uploads.get(tx, id)
        assert row is not None  # noqa: S101 - it was just written
        return row

    async def owned(self, call: Call, id: str) -> Row:
        """An upload of whoever asks. Raises ``NotFound``, for those of others too."""
        return self._mine(call, id, await self._store.uploads.get(self._store.db, id))

    def _mine(self, call: Call, id: str, row: Row | None) -> Row:
        gone = row is None or row["actor"] != call.actor.id[:64] or row["kind"] not in ("resumable", "direct")
        if row is None or gone or row["expires_at"] < rfc3339(self._app.clock.now()):
            raise NotFound(f"there is no upload '{id[:64]}'")
        return row

    def announced(self, row: Row) -> Announced:
        found: Announced = self._app.structurer.structure(json.loads(row["given_json"]), Announced)
        return found

    async def append(
        self, call: Call, id: str, offset: int, body: AsyncIterator[bytes], checksum: Checksum | None = None
    ) -> int:
        """Takes the bytes from ``offset`` on, and answers how many there are. What came before a body broke off is
        kept, unless it has a ``checksum``: then all of it is, or nothing.

        Raises ``Conflict`` where others are expected, ``TooLarge`` past the announced size, ``BodyCut``.
        """
        row = await self.owned(call, id)
        _check_offset(row, offset)
        flow = Flow(body, checksum.algorithm if checksum else None)
        held: list[dict[str, Any]] = []
        try:
            return await self._take(call, row, flow, checksum, held)
        except NewelError as error:
            if held and not isinstance(error, Transient):  # then nobody knows whether they were noted
                await self._app.need(Blobs).delete(*[part["key"] for part in held])
            raise

    async def _take(
        self, call: Call, row: Row, flow: Flow, checksum: Checksum | None, held: list[dict[str, Any]]
    ) -> int:
        """``held``: what was put and not noted yet."""
        id, at = str(row["id"]), int(row["received"])
        while not flow.over and at < row["size"]:
            async with self._pipeline.spool.place() as place:
                most = min(PIECE, row["size"] - at)
                spooled = await self._pipeline.spool.take(flow.up_to(most), place / "piece", most)
                if not spooled.bytes:
                    break
                held.append(_part(f"{incoming(id)}{at}-{secrets.token_hex(6)}", at, spooled.bytes))
                await self._app.need(Blobs).put_file(held[-1]["key"], spooled.path)
            at += spooled.bytes
            if at == row["size"] and await flow.more():
                raise TooLarge(f"more came than the {row['size']:,} bytes that were announced")
            if checksum is None:
                await self._note(call, id, held)
                held.clear()
        if flow.cut is not None:
            raise flow.cut
        if checksum is not None:
            if flow.digest != checksum.digest:
                raise ChecksumMismatch("the checksum is of other bytes")
            await self._note(call, id, held)
            held.clear()
        return at

    async def _note(self, call: Call, id: str, parts: list[dict[str, Any]]) -> None:
        async def body(tx: Transaction) -> None:
            row = self._mine(call, id, await self._store.uploads.locked(tx, id))
            known = json.loads(row["parts_json"])
            if parts:
                _check_offset(row, parts[0]["offset"])
                if len(known) + len(parts) > MOST_PIECES:
                    raise TooLarge(f"an upload may come in {MOST_PIECES:,} pieces at most: send larger ones")
                received = row["received"] + sum(part["size"] for part in parts)
                text = json.dumps([*known, *parts])
                await self._store.uploads.change(tx, id, received=received, parts_json=text)

        await transact(self._store.db, body)

    async def finish(self, call: Call, id: str) -> Stored:
        """Makes an asset of an upload that is all there; answers the one that was made of it where it was done before.

        Raises what the pipeline raises. What can never be an asset is dropped.
        """
        await self.ready(call, id)
        try:
            stored: Stored = await self._app.operations.run("media.store", {"upload": id}, call)
        except Reject:
            await self.drop(id)
            raise
        except Conflict as error:
            if error.reason == "duplicate":
                await self.drop(id)
            raise
        return stored

    async def ready(self, call: Call, id: str) -> None:
        """Brings an upload that is all there to where ``media.store`` can take it. Raises as ``finish``."""
        async with self._alone(id):
            row = await self.owned(call, id)
            if row["state"] != "receiving":
                return
            try:
                await self._arrive(call, row)
            except (Reject, TooLarge):
                await self.drop(id)
                raise
            await emptied(self._app.need(Blobs), id)

    async def _arrive(self, call: Call, row: Row) -> None:
        announced, direct = self.announced(row), row["kind"] == "direct"
        if not direct and row["received"] < row["size"]:
            raise _missing()
        async with self._pipeline.spool.place() as place:
            try:
                spooled = await self._pipeline.spool.take(self._pieces(row), place / "upload", self._config.max_bytes)
            except NotFound:
                raise _missing() from None
            self._check(spooled, row["size"], announced)
            if direct and announced.mime:
                found = await asyncio.to_thread(sniffed, spooled.path, announced.given.name)
                if found not in (UNKNOWN, announced.mime):
                    raise Reject(f"{announced.mime} was announced, and {found} came", code="type_mismatch")
            await self._pipeline.arrive(
                call, spooled, announced.given, source=row["kind"], claimed=announced.mime, id=row["id"]
            )

    def _check(self, spooled: Spooled, size: int, announced: Announced) -> None:
        if spooled.bytes != size:
            raise Reject(f"{size:,} bytes were announced, and {spooled.bytes:,} came", code="size_mismatch")
        if announced.sha256 and announced.sha256 != spooled.sha256:
            raise ChecksumMismatch("the SHA-256 is of other bytes")

    async def _pieces(self, row: Row) -> AsyncIterator[bytes]:
        for part in json.loads(row["parts_json"]):
            async with self._app.need(Blobs).get(part["key"]) as read:
                async for piece in read.pieces:
                    yield piece

    async def drop(self, id: str) -> None:
        """Ends an upload; its bytes go."""
        await transact(self._store.db, lambda tx: self._store.uploads.delete(tx, id))
        await emptied(self._app.need(Blobs), id)

    @asynccontextmanager
    async def _alone(self, id: str) -> AsyncIterator[None]:
        """One at a time in this process, so that a client that asks again does not have it all done twice."""
        held = self._locks.setdefault(id, _Lock(asyncio.Lock()))
        held.users += 1
        try:
            async with held.lock:
                yield
        finally:
            held.users -= 1
            if not held.users:
                self._locks.pop(id, None)


def _missing() -> Conflict:
    return Conflict("this upload has not arrived yet", code="not_arrived")


def _part(key: str, offset: int, size: int) -> dict[str, Any]:
    return {"key": key, "offset": offset, "size": size}


def _check_offset(row: Row, offset: int) -> None:
    if offset != row["received"]:
        raise Conflict(
            f"the next byte is {row['received']}, not {offset}", code="offset", extra={"offset": row["received"]}
        )
