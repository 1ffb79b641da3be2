"""Uploads that go to the store of blobs by themselves, and are believed only when they were looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import Factory, frozen

from newel import Call, Max, MaxLength, Min, Pattern, operation
from newel.contracts.blobs import Blobs
from newel_media.model import Given, Stored
from newel_media.names import incoming
from newel_media.permissions import MEDIA_WRITE
from newel_media.uploads.fields import KNOWN, named
from newel_media.uploads.resumable import Announced, Resumable

if TYPE_CHECKING:
    from newel.app import App

KEY = "direct"
MOST_SECONDS = 3600


@frozen(kw_only=True)
class StartUpload(Given):
    """A file that will come."""

    size: Annotated[int, "How many bytes it has.", Min(0), Max(1 << 50)]
    mime: Annotated[str, "What it is; empty: it is not said.", MaxLength(128), Pattern(r"|[a-z]+/[a-z0-9.+-]+")] = ""
    sha256: Annotated[str, "Its SHA-256 in hexadecimal; empty: it is not said.", Pattern(r"|[0-9a-f]{64}")] = ""


@frozen(kw_only=True)
class UploadId:
    """Which upload."""

    id: Annotated[str, "The id of the upload.", MaxLength(26)]


@frozen(kw_only=True)
class StartedUpload:
    """Where to send a file. ``put``: one request with these headers, then ``finish``. ``tus``: a resumable upload
    (tus 1.0), finished with its last byte."""

    id: str
    protocol: Literal["put", "tus"]
    method: str
    url: Annotated[str, "Of the store, or a path of this site."]
    headers: Annotated[Mapping[str, str], "To be sent as they are."] = Factory(dict)
    expires_at: str
    finish: Annotated[str | None, "To be sent `POST` to afterwards; empty: nothing is."] = None


@frozen(kw_only=True)
class UploadState:
    """An upload on its way."""

    id: str
    name: str
    state: Annotated[str, "`receiving`, `arrived`, `done`."]
    size: int
    received: Annotated[int, "Bytes that are there; of direct uploads nobody knows before they are finished."]
    asset: Annotated[str | None, "The id of what became of it."]
    created_at: str
    expires_at: str


class Direct:
    """``media.start_upload``, ``media.finish_upload`` and ``media.get_upload``."""

    def __init__(self, app: App, resumable: Resumable) -> None:
        self._app = app
        self._resumable = resumable

    @operation("media.start_upload", needs=MEDIA_WRITE, http="POST /media/uploads/direct", effect="write", status=201,
               command=False)  # fmt: skip
    async def start(self, call: Call, order: StartUpload) -> StartedUpload:
        """Announces a file, and answers where to send it: to the store itself where it takes files, else here."""
        given = named(Given(**{name: getattr(order, name) for name in KNOWN}))
        announced = Announced(given=given, mime=order.mime, sha256=order.sha256)
        kind = order.mime or "application/octet-stream"
        blobs = self._app.need(Blobs)
        probe = incoming(self._app.ids.new()) + KEY
        if await blobs.presign_put(probe, seconds=1, size=order.size, content_type=kind) is None:
            id = await self._resumable.begin(call.tx, call, announced, order.size, "resumable")
            row = await self._resumable.begun(call.tx, id)
            return StartedUpload(
                id=id, protocol="tus", method="PATCH", url=f"/api/v1/media/uploads/{id}", expires_at=row["expires_at"]
            )
        id = await self._resumable.begin(call.tx, call, announced, order.size, "direct", KEY)
        signed = await blobs.presign_put(incoming(id) + KEY, seconds=MOST_SECONDS, size=order.size, content_type=kind)
        assert signed is not None  # noqa: S101 - a store can, or it cannot
        return StartedUpload(
            id=id, protocol="put", method=signed.method, url=signed.url, headers=signed.headers,
            expires_at=signed.expires_at, finish=f"/api/v1/media/uploads/{id}/finish",
        )  # fmt: skip

    async def arrived(self, call: Call, order: UploadId) -> None:
        """Looks at what came, before the transaction: it may be long."""
        await self._resumable.ready(call, order.id)

    @operation("media.finish_upload", needs=MEDIA_WRITE, http="POST /media/uploads/{id}/finish", effect="write",
               command=False, prepare=arrived)  # fmt: skip
    async def finish(self, call: Call, order: UploadId, arrived: None) -> Stored:
        """Makes an asset of a direct upload. Its size, its type and its hash are looked at: where they are not what was
        announced, nothing of it is kept."""
        stored: Stored = await self._app.operations.run("media.store", {"upload": order.id}, call)
        return stored

    @operation("media.get_upload", needs=MEDIA_WRITE, http="GET /media/uploads/{id}", command=False)
    async def get(self, call: Call, order: UploadId) -> UploadState:
        """How far an upload of one's own is, and what became of it."""
        row = await self._resumable.owned(call, order.id)
        return UploadState(
            id=row["id"], name=row["name"], state=row["state"], size=row["size"], received=row["received"],
            asset=row["asset"], created_at=row["created_at"], expires_at=row["expires_at"],
        )  # fmt: skip
