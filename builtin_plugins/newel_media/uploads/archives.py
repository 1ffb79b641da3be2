"""``POST /media/archive``: small archives at once, others by a job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import Call, Malformed, Reject
from newel.contracts.blobs import Blobs
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.contracts.jobs import JobKind, JobRun, Jobs
from newel.transact import transact
from newel_media.model import Given
from newel_media.names import incoming
from newel_media.permissions import MEDIA_WRITE
from newel_media.sweep import emptied
from newel_media.uploads.fields import QUERY, Fields, given_of
from newel_media.uploads.forms import BESIDE, FORM, answered, media_type
from newel_media.uploads.multipart import Form, boundary_of
from newel_media.uploads.resumable import Announced, Resumable
from newel_media.uploads.unpacking import Unpacked, Unpacking

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.spool import Spool, Spooled
    from newel_media.store import Store

UNPACK = "media.unpack"
KEY = "archive"
FEW_FILES = 25
FEW_BYTES = 16 << 20
"""What is unpacked while the client waits."""
KEPT = 100
"""Entries in a job's result, those that failed first."""
SAID = {name: QUERY[name] for name in ("folder", "tags", "private", "credit", "copyright", "on_duplicate")}


class ArchiveDoor:
    """The route, and the job behind it."""

    def __init__(
        self, app: App, config: MediaConfig, store: Store, spool: Spool, resumable: Resumable, unpacking: Unpacking
    ) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._spool = spool
        self._resumable = resumable
        self._unpacking = unpacking

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST", path="/media/archive", handler=self.upload, needs=MEDIA_WRITE, query=SAID,
                max_body=self._config.archive_bytes + BESIDE,
                summary="Unpack a ZIP archive into a folder: a form with one file, or the archive as it is",
            )
        ]  # fmt: skip

    def kinds(self) -> list[JobKind]:
        return [
            JobKind(
                name=UNPACK, summary="Unpacks an archive into the library.", run=self._work, attempts=5,
                timeout=6 * 3600, parallel=1,
            )
        ]  # fmt: skip

    async def upload(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """What became of each entry: 200, or 207 where some failed; 202 with a job where it takes longer."""
        call = evolve(call, idempotency_key=None)
        async with self._spool.place() as place:
            spooled, given = await self._arrived(request, place / "archive.zip")
            survey = await asyncio.to_thread(self._unpacking.survey, spooled.path)
            few = survey.files <= FEW_FILES and survey.bytes <= FEW_BYTES
            jobs = self._app.find(Jobs)
            if few or jobs is None:
                done = await self._unpacking.unpack(call, spooled.path, given, _silent)
                return answered(207 if done.failed else 200, self._app.structurer.unstructure(done))
            id = await self._later(call, jobs, spooled, given)
        return answered(202, {"job": id}, {"Location": f"/api/v1/jobs/{id}"})

    async def _arrived(self, request: HttpRequest, path: Path) -> tuple[Spooled, Given]:
        most = self._config.archive_bytes
        if media_type(request) != FORM:
            given = given_of(self._app.structurer, request.nested)
            return await self._spool.take(request.body(), path, most), given
        if request.query:
            raise Malformed("in a form, fields before the file say what the query says elsewhere")
        fields, found = Fields(self._app.structurer), None
        async for part in Form(request.body(), boundary_of(request.headers.get("content-type", ""))).parts():
            if found is not None:
                raise Reject("one archive is expected, and nothing behind it", code="one_file")
            if part.filename is not None:
                found = await self._spool.take(part.pieces, path, most), fields.given("")
                continue
            if part.name not in SAID:
                raise Reject(
                    f"there is no field '{part.name[:64]}'; known are: {', '.join(SAID)}", code="unknown_field"
                )
            fields.put(part.name, await part.text())
        if found is None:
            raise Reject("there is no file in the form", code="no_file")
        return found

    async def _later(self, call: Call, jobs: Jobs, spooled: Spooled, given: Given) -> str:
        db, announced = self._store.db, Announced(given=given, sha256=spooled.sha256)
        most = self._config.archive_bytes
        upload = await transact(
            db, lambda tx: self._resumable.begin(tx, call, announced, spooled.bytes, "archive", KEY, most)
        )
        await self._app.need(Blobs).put_file(incoming(upload) + KEY, spooled.path)
        return await transact(db, lambda tx: jobs.enqueue(call, UNPACK, {"upload": upload}, tx=tx))

    async def _work(self, run: JobRun) -> None:
        upload = str(run.payload["upload"])
        row = await self._store.uploads.get(self._store.db, upload)
        if row is None:
            raise Reject("the archive is gone: it waited too long", code="gone")
        given = self._resumable.announced(row).given
        async with self._spool.place() as place:
            path = place / "archive.zip"
            await self._spool.take(self._stored(incoming(upload) + KEY), path, int(row["size"]))
            done = await self._unpacking.unpack(run.call, path, given, run.progress)
        async with run.completing(self._short(done)) as tx:
            await self._store.uploads.delete(tx, upload)
        await emptied(self._app.need(Blobs), upload)

    async def _stored(self, key: str) -> AsyncIterator[bytes]:
        async with self._app.need(Blobs).get(key) as read:
            async for piece in read.pieces:
                yield piece

    def _short(self, done: Unpacked) -> dict[str, Any]:
        """A result has a limit of its own."""
        files = sorted(done.files, key=lambda one: one.state != "failed")[:KEPT]
        told = self._app.structurer.unstructure(evolve(done, files=tuple(files)))
        return {**told, "left_out": len(done.files) - len(files)}


async def _silent(done: int, total: int, note: str) -> None:
    """The client waits for the answer itself."""
