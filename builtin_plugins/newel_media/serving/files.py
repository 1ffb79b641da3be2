"""``/media/file/{id}/{name}``: the file itself, whatever its bytes are by now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from newel import Call, NotFound
from newel.contracts.database import Row
from newel.contracts.http import HttpAnswer, HttpRequest
from newel.ranges import File, file_answer
from newel_media.addresses import ROOT
from newel_media.permissions import MEDIA_READ
from newel_media.serving.headers import cached, disposition, safe
from newel_media.serving.opening import opener
from newel_media.serving.renditions import NOTHING

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.store import Store
    from newel_media.view import View


class Files:
    """Serves originals."""

    def __init__(self, app: App, config: MediaConfig, store: Store, view: View) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._view = view

    async def answer(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """An old name leads to the present one: bookmarks stay good, and every file has one address in caches."""
        id, name = request.params["id"], request.params["name"]
        row = await self._store.assets.get(self._store.db, id)
        if row is None:
            raise NotFound(NOTHING)
        until = self._until(request, call, row, f"{ROOT}/file/{id}/{quote(name, safe='')}")
        download = "download" in dict(request.query)
        control = cached(self._config.max_age, until, call.now)
        if name != row["name"]:
            address = self._view.addresses.file(id, row["name"], until)
            if download:
                address += "&download" if "?" in address else "?download"
            return HttpAnswer(status=302, headers={"Location": address, "Cache-Control": control})
        headers = {
            **safe(row["mime"]), "Cache-Control": control,
            "Content-Disposition": disposition(name, row["mime"], download=download),
        }  # fmt: skip
        file = File(size=row["bytes"], etag=f'"{row["sha256"]}"', open=opener(self._app, row["blob"]), headers=headers)
        return file_answer(request, file)

    def _until(self, request: HttpRequest, call: Call, row: Row, path: str) -> datetime | None:
        """When the address of a private file expires. Who may see the library needs no signature."""
        if not row["private"]:
            return None
        asked = dict(request.query)
        if call.actor.may(MEDIA_READ) and "signature" not in asked:
            return self._view.addresses.until(call.now)
        return self._view.addresses.check(path, asked.get("expires"), asked.get("signature"), call.now)
