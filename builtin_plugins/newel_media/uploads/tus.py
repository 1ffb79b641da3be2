"""The protocol tus 1.0 (https://tus.io): core, creation, creation-with-upload, termination, expiration, checksum."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import PUBLIC, Call, Forbidden, FromText, Malformed, PreconditionFailed, Unauthenticated
from newel.contracts.database import Database, Row
from newel.contracts.http import Handler, HttpAnswer, HttpRequest, Method, Route
from newel.errors import NewelError
from newel.transact import transact
from newel_media.permissions import MEDIA_WRITE
from newel_media.uploads.fields import given_of, named
from newel_media.uploads.resumable import Announced, Checksum, ChecksumMismatch, Resumable

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig

PATH = "/media/uploads"
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
ALGORITHMS = ("sha1", "sha256")
BODY = "application/offset+octet-stream"
ALIASES = {"filename": "name", "filetype": "type"}
"""What clients call it that know no server in particular."""
IGNORED = ("relativePath",)
"""What some clients send unasked."""
TAKES = (
    "Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "Upload-Checksum", "X-Requested-With",
)  # fmt: skip
EXPOSES = (
    "Location", "Upload-Offset", "Upload-Length", "Upload-Expires", "Media-Asset", "Tus-Resumable", "Tus-Version",
    "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm",
)  # fmt: skip
_METADATA = re.compile(r"([^\s,]{1,64})(?: ([A-Za-z0-9+/=]*))?")


class TusDoor:
    """``/media/uploads``."""

    def __init__(self, app: App, config: MediaConfig, resumable: Resumable) -> None:
        self._app = app
        self._config = config
        self._resumable = resumable

    def routes(self) -> list[Route]:
        def route(method: Method, path: str, handler: Handler, summary: str, body: bool = False) -> Route:
            return Route(
                method=method, path=PATH + path, handler=self._guarded(handler) if method != "OPTIONS" else handler,
                needs=PUBLIC if method == "OPTIONS" else MEDIA_WRITE, summary=summary,
                max_body=self._config.max_bytes + 1 if body else 0, takes=(BODY,) if body else (),
                cors_headers=TAKES, exposes=EXPOSES,
            )  # fmt: skip

        return [
            route("OPTIONS", "", self._options, "What resumable uploads can do here"),
            route("POST", "", self._create, "Begin a resumable upload (tus 1.0)", body=True),
            route("OPTIONS", "/{id}", self._options, "What resumable uploads can do here"),
            route("HEAD", "/{id}", self._head, "How much of a resumable upload is there"),
            route("PATCH", "/{id}", self._patch, "Go on with a resumable upload", body=True),
            route("DELETE", "/{id}", self._delete, "Give a resumable upload up"),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: HttpRequest, call: Call) -> HttpAnswer:
            try:
                if request.headers.get("tus-resumable") != VERSION:
                    raise PreconditionFailed(
                        f"this server speaks tus {VERSION}: send Tus-Resumable", code="tus_version"
                    )
                answer = await handler(request, evolve(call, idempotency_key=None))
            except (Forbidden, Unauthenticated):  # the door keeps a record of these
                raise
            except NewelError as error:
                answer = request.problem(error)
                if isinstance(error, PreconditionFailed):
                    answer = evolve(answer, headers={**answer.headers, "Tus-Version": VERSION})
                if isinstance(error, ChecksumMismatch) and request.headers.get("upload-checksum"):
                    answer = evolve(answer, status=460)
            return evolve(answer, headers={**answer.headers, "Tus-Resumable": VERSION, "Cache-Control": "no-store"})

        return guarded

    async def _options(self, request: HttpRequest, call: Call) -> HttpAnswer:
        headers = {
            "Tus-Resumable": VERSION, "Tus-Version": VERSION, "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(self._config.max_bytes), "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }  # fmt: skip
        return HttpAnswer(status=204, headers=headers)

    async def _create(self, request: HttpRequest, call: Call) -> HttpAnswer:
        size = _number(request.headers, "upload-length")
        announced = self._announced(request.headers.get("upload-metadata", ""))
        db = self._app.need(Database)
        id = await transact(db, lambda tx: self._resumable.begin(tx, call, announced, size, "resumable"))
        row = await self._resumable.owned(call, id)
        headers = {"Location": f"/api/v1{PATH}/{id}", "Upload-Expires": _date(row)}
        if request.headers.get("content-type", "") == BODY:
            try:
                headers |= await self._appended(request, call, row, 0)
            except NewelError:  # nobody knows its address
                await self._resumable.drop(id)
                raise
        return HttpAnswer(status=201, headers=headers)

    async def _head(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """An upload whose last answer never came is finished by whoever asks how far it is."""
        row = await self._resumable.owned(call, request.params["id"])
        headers = {
            "Upload-Offset": str(row["received"]), "Upload-Length": str(row["size"]), "Upload-Expires": _date(row),
        }  # fmt: skip
        if row["received"] == row["size"]:
            headers["Media-Asset"] = (await self._resumable.finish(call, row["id"])).id
        return HttpAnswer(headers=headers)

    async def _patch(self, request: HttpRequest, call: Call) -> HttpAnswer:
        row = await self._resumable.owned(call, request.params["id"])
        offset = _number(request.headers, "upload-offset")
        headers = {"Upload-Expires": _date(row)} | await self._appended(request, call, row, offset)
        return HttpAnswer(status=204, headers=headers)

    async def _appended(self, request: HttpRequest, call: Call, row: Row, offset: int) -> dict[str, str]:
        checksum = _checksum(request.headers.get("upload-checksum"))
        received = await self._resumable.append(call, row["id"], offset, request.body(), checksum)
        headers = {"Upload-Offset": str(received)}
        if received == row["size"]:
            headers["Media-Asset"] = (await self._resumable.finish(call, row["id"])).id
        return headers

    async def _delete(self, request: HttpRequest, call: Call) -> HttpAnswer:
        row = await self._resumable.owned(call, request.params["id"])
        await self._resumable.drop(row["id"])
        return HttpAnswer(status=204)

    def _announced(self, header: str) -> Announced:
        said = _metadata(header)
        mime, sha256 = str(said.pop("type", "")), str(said.pop("sha256", "")).lower()
        given = named(given_of(self._app.structurer, said))
        return Announced(given=given, mime=mime[:128], sha256=sha256)


def _metadata(header: str) -> dict[str, Any]:
    """``filename d29ybGQ=,private dHJ1ZQ==`` as a mapping. Raises ``Malformed``."""
    said: dict[str, Any] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        found = _METADATA.fullmatch(pair)
        if found is None:
            raise Malformed("Upload-Metadata is not made of keys and values in Base64")
        key = ALIASES.get(found[1], found[1])
        try:
            value = base64.b64decode(found[2] or "", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Malformed(f"the value of '{key}' in Upload-Metadata is not UTF-8 in Base64") from None
        if key in said and said[key] != value:
            raise Malformed(f"Upload-Metadata names '{key}' twice")
        if key not in IGNORED:
            said[key] = FromText(value)
    return said


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Malformed(f"{name.title()} must be a number of bytes")
    return int(text)


def _checksum(header: str | None) -> Checksum | None:
    if header is None:
        return None
    algorithm, _, text = header.partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise Malformed(f"Upload-Checksum takes {' or '.join(ALGORITHMS)}, a space, and the digest in Base64")
    return Checksum(algorithm, digest)


def _date(row: Row) -> str:
    return format_datetime(datetime.fromisoformat(row["expires_at"]), usegmt=True)
