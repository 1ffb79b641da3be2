"""Blobs in memory, as a plugin: put ``FakeBlobs.manifest`` in the list of plugins. It passes ``BlobsSuite``."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from attrs import define, evolve, field, frozen

from newel.app import App
from newel.blobs import Arriving, checked_key, checked_part, in_order, saved_as
from newel.clock import SystemClock
from newel.contracts.blobs import Blob, BlobRead, Blobs, Part, Presigned
from newel.errors import NotFound
from newel.manifest import Manifest
from newel.structure import rfc3339

PIECE = 64 * 1024


@frozen
class Kept:
    """A blob and its bytes."""

    blob: Blob
    data: bytes


@define
class FakeUpload:
    """A multipart upload in memory."""

    _store: FakeBlobs
    id: str
    key: str
    content_type: str
    parts: dict[int, tuple[str, bytes]] = field(factory=dict)

    async def put_part(self, number: int, pieces: AsyncIterator[bytes], *, size: int) -> Part:
        checked_part(number, size, self._store.part_size)
        data = await _all(pieces, Arriving(size))
        self._expected()
        tag = secrets.token_hex(8)
        self.parts[number] = tag, data
        return Part(number=number, size=size, tag=tag)

    async def finish(self, parts: Sequence[Part]) -> Blob:
        self._expected()
        ordered = in_order(parts)
        if any(part.number not in self.parts or self.parts[part.number][0] != part.tag for part in ordered):
            raise NotFound("a part is not there")
        blob = self._store.keep(self.key, b"".join(self.parts[part.number][1] for part in ordered), self.content_type)
        del self._store.uploads[self.id]
        return blob

    async def abort(self) -> None:
        self._store.uploads.pop(self.id, None)

    def _expected(self) -> None:
        if self.id not in self._store.uploads:
            raise NotFound("there is no such upload")


class FakeBlobs:
    """Keeps blobs in ``kept`` and uploads in ``uploads``; ``send`` is the server behind its presigned addresses."""

    manifest: ClassVar[Manifest] = Manifest(
        name="fake_blobs", summary="Blobs for tests.", load="newel.testing.fake_blobs:FakeBlobs", provides=(Blobs,)
    )
    name = "fake:"
    part_size = 64 * 1024

    def __init__(self, app: App | None = None, *, presigns: bool = True) -> None:
        self._app = app
        self._clock = SystemClock() if app is None else app.clock
        self._secret = secrets.token_bytes(16)
        self.presigns = presigns
        self.kept: dict[str, Kept] = {}
        self.uploads: dict[str, FakeUpload] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        assert self._app is not None
        self._app.provide(Blobs, self)
        yield

    def keep(self, key: str, data: bytes, content_type: str) -> Blob:
        """Puts a blob there at once."""
        now = rfc3339(self._clock.now())
        blob = Blob(key=checked_key(key), size=len(data), modified=now, content_type=content_type)
        self.kept[key] = Kept(blob, data)
        return blob

    async def put(
        self,
        key: str,
        pieces: AsyncIterator[bytes],
        *,
        content_type: str = "application/octet-stream",
        size: int | None = None,
        sha256: str | None = None,
    ) -> Blob:
        checked_key(key)
        return self.keep(key, await _all(pieces, Arriving(size, sha256)), content_type)

    async def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> Blob:
        checked_key(key)
        return self.keep(key, await asyncio.to_thread(path.read_bytes), content_type)

    @asynccontextmanager
    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[BlobRead]:
        found = self._found(key)
        data = found.data[start : found.blob.size if end is None else max(start, end)]
        pieces = _pieces(data)
        try:
            yield BlobRead(blob=found.blob, start=start, length=len(data), pieces=pieces)
        finally:
            await pieces.aclose()

    async def head(self, key: str) -> Blob:
        return self._found(key).blob

    async def delete(self, *keys: str) -> None:
        for key in [checked_key(key) for key in keys]:
            self.kept.pop(key, None)

    async def list(self, prefix: str = "", *, after: str = "") -> AsyncIterator[Blob]:
        for key in sorted(self.kept):
            if key.startswith(prefix) and key > after and key in self.kept:
                yield evolve(self.kept[key].blob, content_type="application/octet-stream")

    async def copy(self, source: str, target: str) -> Blob:
        found = self._found(source)
        return self.keep(target, found.data, found.blob.content_type)

    async def multipart(
        self, key: str, *, id: str | None = None, content_type: str = "application/octet-stream"
    ) -> FakeUpload:
        checked_key(key)
        if id is None:
            upload = FakeUpload(self, secrets.token_hex(8), key, content_type)
            self.uploads[upload.id] = upload
            return upload
        if id not in self.uploads or self.uploads[id].key != key:
            raise NotFound("there is no such upload")
        return self.uploads[id]

    async def presign_get(
        self, key: str, *, seconds: int, filename: str | None = None, content_type: str | None = None
    ) -> Presigned | None:
        return self._presigned("GET", key, seconds, {}, name=filename, type=content_type)

    async def presign_put(self, key: str, *, seconds: int, size: int, content_type: str) -> Presigned | None:
        headers = {"Content-Length": str(size), "Content-Type": content_type}
        return self._presigned("PUT", key, seconds, headers, size=str(size), type=content_type)

    async def close(self) -> None:
        """Nothing is held open."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """What a server that checks would answer: status and body."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        signature, key = asked.pop("signature", ""), urlsplit(url).path[1:]
        sent = {name.lower(): value for name, value in headers.items()}
        if not hmac.compare_digest(signature, self._signed(method, key, asked)):
            return 403, b"the signature is wrong"
        if asked["until"] <= rfc3339(self._clock.now()):
            return 403, b"expired"
        if method == "GET":
            return (200, self.kept[key].data) if key in self.kept else (404, b"")
        if len(body) != int(asked["size"]) or sent.get("content-type") != asked["type"]:
            return 403, b"another size or type"
        self.keep(key, body, asked["type"])
        return 200, b""

    def _presigned(
        self, method: str, key: str, seconds: int, headers: Mapping[str, str], **more: str | None
    ) -> Presigned | None:
        checked_key(key)
        if not self.presigns:
            return None
        until = rfc3339(self._clock.now() + timedelta(seconds=seconds))
        asked = {"until": until} | {name: value for name, value in more.items() if value is not None}
        if asked.get("name"):
            asked["name"] = saved_as(asked["name"])
        query = urlencode(asked | {"signature": self._signed(method, key, asked)})
        return Presigned(
            method=method, url=f"https://blobs.test/{quote(key)}?{query}", headers=headers, expires_at=until
        )

    def _signed(self, method: str, key: str, asked: Mapping[str, str]) -> str:
        text = "\n".join([method, key, *(f"{name}={value}" for name, value in sorted(asked.items()))])
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _found(self, key: str) -> Kept:
        if checked_key(key) not in self.kept:
            raise NotFound(f"there is no blob {key}")
        return self.kept[key]


async def _all(pieces: AsyncIterator[bytes], arriving: Arriving) -> bytes:
    data = bytearray()
    async for piece in pieces:
        arriving.add(piece)
        data += piece
    arriving.check()
    return bytes(data)


async def _pieces(data: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]
        await asyncio.sleep(0)
