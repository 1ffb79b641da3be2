"""An original, read in pieces as they are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from newel import NotFound
from newel.contracts.blobs import Blobs

if TYPE_CHECKING:
    from newel.app import App


class Original:
    """Keeps ``Reading``. One read of the store goes on as long as offsets follow each other."""

    def __init__(self, app: App, key: str, size: int) -> None:
        self._app = app
        self._key = key
        self._size = size
        self._stack = AsyncExitStack()
        self._pieces: AsyncIterator[bytes] | None = None
        self._at = 0
        self._kept = b""

    async def read(self, offset: int, size: int) -> bytes:
        end = min(offset + size, self._size)
        if offset >= end:
            return b""
        if self._pieces is None or offset != self._at:
            await self._begin(offset)
        assert self._pieces is not None  # noqa: S101 - begun
        parts, missing = [], end - offset
        while missing:
            piece = self._kept or await anext(self._pieces, b"")
            if not piece:
                break
            parts.append(piece[:missing])
            self._kept = piece[missing:]
            missing -= len(parts[-1])
        self._at = end - missing
        return b"".join(parts)

    async def _begin(self, offset: int) -> None:
        await self.close()
        try:
            opened = await self._stack.enter_async_context(self._app.need(Blobs).get(self._key, start=offset))
        except NotFound as error:
            self._app.log.error("a file of the library is not in the store of blobs", extra={"key": self._key})
            raise NotFound("the bytes of this file are gone", code="bytes_gone") from error
        self._pieces, self._at = opened.pieces, offset

    async def close(self) -> None:
        self._pieces, self._kept = None, b""
        await self._stack.aclose()
