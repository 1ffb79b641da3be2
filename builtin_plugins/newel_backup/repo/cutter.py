"""Cuts lines into chunks where their keys say, so that what changed in one place leaves the other chunks as they were.

A chunk ends after a line where it has ``least`` bytes or more and the CRC-32 of the line's key is below
``2**32 * length / target``; or where it has ``most``. (The distance between such lines is ``target`` bytes on average,
however long lines are.) Keys do not change with the rest of a row, so neither do cuts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from zlib import crc32

from attrs import frozen

PIECE = 4 << 20
"""Bytes of a chunk at most: files are cut into pieces of this size, and so is a line that is longer."""


@frozen
class Sizes:
    """Of chunks, in bytes. They stand in a repository's ``config`` and never change in it."""

    least: int = 32 << 10
    target: int = 128 << 10
    most: int = 1 << 20


class Cutter:
    """One stream of lines. Not in the event loop: it hashes."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._held: list[bytes] = []
        self._size = 0
        self._hash = hashlib.sha256()
        self.lines = 0
        self.bytes = 0

    def feed(self, lines: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """Takes (key, line with its line feed); answers the chunks that are complete."""
        least, target, most = self._sizes.least, self._sizes.target, self._sizes.most
        done = []
        for key, line in lines:
            self._held.append(line)
            self._size += len(line)
            self.lines += 1
            if self._size >= least and (crc32(key) * target < len(line) << 32 or self._size >= most):
                done += self._cut()
        return done

    def end(self) -> list[bytes]:
        """The last chunk, where something is left."""
        return self._cut() if self._held else []

    def _cut(self) -> list[bytes]:
        chunk = b"".join(self._held)
        self._held.clear()
        self.bytes += self._size
        self._size = 0
        self._hash.update(chunk)
        # A line may be longer than an object may be.
        return [chunk] if len(chunk) <= PIECE else [chunk[at : at + PIECE] for at in range(0, len(chunk), PIECE)]

    @property
    def sha256(self) -> str:
        """Of all lines so far that went out in chunks."""
        return self._hash.hexdigest()
