"""Bytes from the store of blobs, read as they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from newel import NotFound
from newel.contracts.blobs import Blobs
from newel.ranges import Opener

if TYPE_CHECKING:
    from newel.app import App


def opener(app: App, key: str) -> Opener:
    """For ``newel.ranges.File``."""

    async def read(start: int, end: int) -> AsyncIterator[bytes]:
        try:
            async with app.need(Blobs).get(key, start=start, end=end) as opened:
                async for piece in opened.pieces:
                    yield piece
        except NotFound as error:
            app.log.error("a file of the library is not in the store of blobs", extra={"key": key})
            raise NotFound("the bytes of this file are gone", code="bytes_gone") from error

    return read
