"""Files in the body of one request: a form with as many as fit, or a single one as it is."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import Call, Malformed, NotFound, Reject
from newel.contracts.http import BodyCut, HttpAnswer, HttpRequest, Route
from newel.errors import NewelError
from newel_media.model import Given, Stored
from newel_media.permissions import MEDIA_WRITE
from newel_media.uploads.fields import QUERY, Fields, given_of, named
from newel_media.uploads.multipart import Broken, Form, Part, boundary_of

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store

FORM = "multipart/form-data"
BESIDE = 1 << 20
"""Bytes of a request beside those of its files."""
_TAG = re.compile(r'"r(\d{1,18})[^"]*"')
_FORMS = ("", "application/x-www-form-urlencoded", "application/octet-stream")
"""Types that say nothing: what clients send when nobody told them."""


class FormDoor:
    """``POST /media`` and ``PUT /media/{id}/file``."""

    def __init__(self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._pipeline = pipeline

    def routes(self) -> list[Route]:
        most = self._config.max_bytes
        return [
            Route(
                method="POST", path="/media", handler=self.upload, needs=MEDIA_WRITE, query=QUERY,
                max_body=self._config.max_files * most + BESIDE,
                summary="Upload files: a form with several, or one as it is",
            ),
            Route(
                method="PUT", path="/media/{id}/file", handler=self.replace, needs=MEDIA_WRITE, max_body=most + BESIDE,
                summary="Give an asset other bytes: a form with one file, or the file as it is",
            ),
        ]  # fmt: skip

    async def upload(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """``{"data": [{"name", "status", "asset" | "problem"}]}``, in the order of the files."""
        call = evolve(call, idempotency_key=None)  # it is for one act; each file is one
        given = given_of(self._app.structurer, request.nested)
        if media_type(request) != FORM:
            stored = await self._pipeline.take(
                call, request.body(), named(given), source="api", claimed=claimed(media_type(request))
            )
            return self._answer([self._told(given.name, stored)])
        if request.query:
            raise Malformed("in a form, fields before a file say what the query says elsewhere")
        outcomes = [one async for one in self._outcomes(request, call)]
        if len(outcomes) == 1 and isinstance(outcomes[0][1], NewelError):
            raise outcomes[0][1]
        if not outcomes:
            raise Reject("there is no file in the form", code="no_file")
        return self._answer([self._result(request, name, outcome) for name, outcome in outcomes])

    async def _outcomes(self, request: HttpRequest, call: Call) -> AsyncIterator[tuple[str, Stored | NewelError]]:
        """Each file with what became of it. The last one may be of the form itself, without a name: nothing behind it
        was read."""
        fields, count = Fields(self._app.structurer), 0
        form = Form(request.body(), boundary_of(request.headers.get("content-type", "")))
        try:
            async for part in form.parts():
                if part.filename is None:
                    fields.put(part.name, await part.text())
                    continue
                count += 1
                if count > self._config.max_files:
                    raise Reject(f"a form may have {self._config.max_files:,} files at most", code="too_many_files")
                yield part.filename, await self._one(call, part, fields)
        except BodyCut:
            raise
        except NewelError as error:
            yield "", error

    async def _one(self, call: Call, part: Part, fields: Fields) -> Stored | NewelError:
        try:
            given = named(fields.given(part.filename or ""))
            return await self._pipeline.take(call, part.pieces, given, source="api", claimed=claimed(part.content_type))
        except (BodyCut, Broken):
            raise
        except NewelError as error:
            return error

    async def replace(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """The asset with its new bytes."""
        call, id = evolve(call, idempotency_key=None), request.params["id"]
        row = await self._store.assets.get(self._store.db, id)
        if row is None:  # said before all of the bytes have come
            raise NotFound(f"there is no asset '{id}'")
        order = {"id": id, "revision": revision_of(request.headers.get("if-match"))}
        if media_type(request) != FORM:
            order["upload"] = await self._arrived(call, request.body(), row["name"], media_type(request))
        else:
            form = Form(request.body(), boundary_of(request.headers.get("content-type", "")))
            async for part in form.parts():
                if part.filename is None or "upload" in order:
                    raise Reject("one file is expected, and nothing else", code="one_file")
                order["upload"] = await self._arrived(call, part.pieces, part.filename, part.content_type)
            if "upload" not in order:
                raise Reject("there is no file in the form", code="no_file")
        stored = await self._app.operations.run("media.replace", order, call)
        return answered(200, self._app.structurer.unstructure(stored), {"ETag": f'"r{stored.revision}"'})

    async def _arrived(self, call: Call, pieces: AsyncIterator[bytes], name: str, mime: str) -> str:
        async with self._pipeline.spool.place() as place:
            spooled = await self._pipeline.spool.take(pieces, place / "upload", self._config.max_bytes)
            return await self._pipeline.arrive(call, spooled, Given(name=name), source="api", claimed=claimed(mime))

    def _answer(self, results: list[dict[str, Any]]) -> HttpAnswer:
        statuses = {one["status"] for one in results}
        whole = statuses <= {200, 201}
        return answered(max(statuses) if whole else 207, {"data": results})

    def _result(self, request: HttpRequest, name: str, outcome: Stored | NewelError) -> dict[str, Any]:
        if isinstance(outcome, Stored):
            return self._told(name, outcome)
        answer = request.problem(outcome)
        assert isinstance(answer.body, bytes)  # noqa: S101 - problems are never streams
        return {"name": name, "status": answer.status, "problem": json.loads(answer.body)}

    def _told(self, name: str, stored: Stored) -> dict[str, Any]:
        asset = self._app.structurer.unstructure(stored)
        return {"name": name, "status": 201 if stored.created else 200, "asset": asset}


def answered(status: int, body: Any, headers: dict[str, str] | None = None) -> HttpAnswer:
    """An answer in JSON."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    return HttpAnswer(status=status, headers=sent, body=json.dumps(body, ensure_ascii=False).encode())


def media_type(request: HttpRequest) -> str:
    """Of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def claimed(media_type: str) -> str:
    """What the client says that a file is; empty: nothing."""
    return "" if media_type in _FORMS else media_type


def revision_of(header: str | None) -> int | None:
    """The revision that ``If-Match`` names. Raises ``Malformed``."""
    if header is None or header.strip() == "*":
        return None
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise Malformed('If-Match takes one entity tag as the server sent it, such as "r17"')
    return int(found[1])
