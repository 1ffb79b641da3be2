"""Files from addresses elsewhere, through the one way out."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

from attrs import evolve, frozen

from newel import Call, MaxLength, Pattern, Reject, operation
from newel.contracts.egress import Egress, Outgoing
from newel_media.model import Given, Stored
from newel_media.permissions import MEDIA_WRITE
from newel_media.uploads.fields import KNOWN
from newel_media.uploads.forms import claimed

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline

SECONDS = 300.0
REDIRECTS = 3
BESIDE = 1 << 20
"""Bytes that the outgoing call may bring beyond the limit of files, so that it is ours that says what is too large."""


@frozen(kw_only=True)
class FromUrl(Given):
    """A file that lies elsewhere."""

    url: Annotated[str, "Where: `https` or `http`, public.", MaxLength(4096), Pattern(r"https?://\S+")]


class Fetching:
    """``media.from_url``."""

    def __init__(self, app: App, config: MediaConfig, pipeline: Pipeline) -> None:
        self._app = app
        self._config = config
        self._pipeline = pipeline

    async def fetched(self, call: Call, order: FromUrl) -> str:
        """Fetches it before the transaction. Answers the id of an upload that has arrived."""
        egress = self._app.find(Egress)
        if egress is None:
            raise Reject("files cannot be fetched here: the plugin 'egress' is off", code="egress_off")
        most = self._config.max_bytes
        request = Outgoing(
            url=order.url, headers={"Accept-Encoding": "identity"}, seconds=SECONDS, max_bytes=most + BESIDE,
            redirects=REDIRECTS,
        )  # fmt: skip
        async with self._pipeline.spool.place() as place:
            async with egress.send(request) as answer:
                if answer.status != 200:
                    raise Reject(f"there is no file at this address: it answers {answer.status}", code="not_fetched")
                spooled = await self._pipeline.spool.take(answer.pieces, place / "upload", most)
            given = Given(**{name: getattr(order, name) for name in KNOWN})
            given = given if given.name else evolve(given, name=name_of(answer.headers, answer.url))
            mime = claimed(answer.headers.get("content-type", "").partition(";")[0].strip().lower())
            return await self._pipeline.arrive(call, spooled, given, source="url", claimed=mime)

    @operation("media.from_url", needs=MEDIA_WRITE, http="POST /media/from-url", effect="write", status=201,
               prepare=fetched)  # fmt: skip
    async def fetch(self, call: Call, order: FromUrl, fetched: str) -> Stored:
        """Fetches a file from a public address and makes an asset of it."""
        stored: Stored = await self._app.operations.run("media.store", {"upload": fetched}, call)
        return stored


def name_of(headers: Mapping[str, str], url: str) -> str:
    """What a server calls its file: as it says, or the end of the address."""
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    name = message.get_filename() or unquote(urlsplit(url).path).rpartition("/")[2]
    return name[:1000] or "file"
