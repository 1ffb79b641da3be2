"""``/media/{hash}/{preset}.{ext}``: a rendition, for ever the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newel import Call, NotFound
from newel.contracts.database import Row
from newel.contracts.http import HttpAnswer, HttpRequest
from newel.ranges import File, file_answer
from newel_media.addresses import ROOT
from newel_media.model import PRESET_NAME
from newel_media.renditions.plan import ENDINGS
from newel_media.serving.headers import IMMUTABLE, cached, safe
from newel_media.serving.opening import opener

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.serving.store import ServingStore
    from newel_media.view import View

NAME = re.compile(rf"(?P<preset>{PRESET_NAME})\.(?P<ending>[a-z0-9]{{1,8}})")
YEAR = 31_536_000
NOTHING = "there is no such file"


class Renditions:
    """Serves what is there."""

    def __init__(self, app: App, view: View) -> None:
        self._app = app
        self._view = view
        self.store: ServingStore

    async def answer(self, request: HttpRequest, call: Call, name: str, file: str) -> HttpAnswer:
        """The preset in the address is for people, like the name of a download: presets that ask for the same share
        one rendition, and an old address still works when its preset has another name."""
        row = await self.store.rendition(name)
        told = NAME.fullmatch(file)
        if row is None or row["private"] is None or row["state"] != "ready" or told is None:
            raise NotFound(NOTHING)
        if told["ending"] != ENDINGS[row["mime"]]:
            raise NotFound(NOTHING)
        until = None
        if row["private"]:
            asked = dict(request.query)
            path = f"{ROOT}/{name}/{file}"
            until = self._view.addresses.check(path, asked.get("expires"), asked.get("signature"), call.now)
        control = IMMUTABLE if until is None else cached(YEAR, until, call.now)
        return rendition_answer(self._app, request, row, control)


def rendition_answer(app: App, request: HttpRequest, row: Row, control: str) -> HttpAnswer:
    """The bytes of a row of ``media_renditions``."""
    headers = {**safe(row["mime"]), "Cache-Control": control, "Content-Disposition": "inline"}
    file = File(size=row["bytes"], etag=f'"{row["hash"]}"', open=opener(app, row["key"]), headers=headers)
    return file_answer(request, file)
