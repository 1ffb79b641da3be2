"""A body that is taken in pieces of bounded size, and of which nothing is lost where it breaks off."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

from newel.contracts.http import BodyCut


class Flow:
    """Hands on a body in stretches. ``over``: there is no more. ``cut``: it broke off, and how."""

    def __init__(self, body: AsyncIterator[bytes], algorithm: str | None = None) -> None:
        self._body = body
        self._kept = b""
        self._digest: Any = None if algorithm is None else hashlib.new(algorithm, usedforsecurity=False)
        self.over = False
        self.cut: BodyCut | None = None

    @property
    def digest(self) -> bytes:
        """Of all that was handed on."""
        return b"" if self._digest is None else bytes(self._digest.digest())

    async def up_to(self, most: int) -> AsyncIterator[bytes]:
        """The next ``most`` bytes; what came with them stays for the next stretch."""
        while most > 0 and (piece := await self._next()):
            piece, self._kept = piece[:most], piece[most:]
            most -= len(piece)
            if self._digest is not None:
                self._digest.update(piece)
            yield piece

    async def more(self) -> bool:
        """Whether there are bytes left."""
        self._kept = await self._next()
        return bool(self._kept)

    async def _next(self) -> bytes:
        if self._kept:
            kept, self._kept = self._kept, b""
            return kept
        while not self.over:
            try:
                piece = await anext(self._body, None)
            except BodyCut as error:
                piece, self.cut = None, error
            if piece:
                return piece
            self.over = piece is None
        return b""
