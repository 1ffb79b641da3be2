"""Bodies, unpacked within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from newel.contracts.egress import EgressFailed

PIECE = 1 << 16
RATIO = 100
"""How many times longer an unpacked body may be than what came over the wire ..."""
FREE = 1 << 20
"""... from this size on: small pages may well be that repetitive."""


class Body:
    """Counts what comes, and unpacks it where it is packed. ``feed`` it, then ``end``."""

    def __init__(self, encoding: str, most: int) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise EgressFailed("its answer is packed in a way that was not asked for")
        self._unpack = None if encoding in ("", "identity") else _unpacker()
        self._most = most
        self._came = self._made = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The next bytes, unpacked, in pieces of bounded size."""
        self._came += len(chunk)
        if self._came > self._most:
            raise self._too_large()
        if self._unpack is None:
            yield chunk
            return
        while chunk:
            if self._unpack.eof:  # gzip may be several packages in a row
                self._unpack = _unpacker()
            try:
                piece = self._unpack.decompress(chunk, PIECE)
            except zlib.error:
                raise EgressFailed("its answer cannot be unpacked") from None
            chunk = self._unpack.unused_data if self._unpack.eof else self._unpack.unconsumed_tail
            if not piece:
                continue
            self._made += len(piece)
            if self._made > self._most:
                raise self._too_large()
            if self._made > max(FREE, RATIO * self._came):
                raise EgressFailed("its answer unpacks to far more than it should")
            yield piece

    def end(self) -> None:
        """Nothing more comes."""
        if self._unpack is not None and self._came and not self._unpack.eof:
            raise EgressFailed("its answer ended early")

    def _too_large(self) -> EgressFailed:
        return EgressFailed(f"its answer is larger than {self._most} bytes")


def _unpacker() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 32)  # tells gzip from zlib by itself
