"""The list of files of a snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from attrs import frozen

from newel.blobs import checked_key
from newel.errors import Reject
from newel_backup.repo.cutter import PIECE
from newel_backup.repo.faults import Damaged
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import Stream, lines_of


@frozen
class FileLine:
    """A file in a snapshot."""

    key: str
    size: int
    sha256: str
    content_type: str
    pieces: tuple[str, ...]

    @property
    def line(self) -> bytes:
        return orjson.dumps([self.key, self.size, self.sha256, self.content_type, self.pieces]) + b"\n"

    @classmethod
    def of(cls, line: bytes) -> FileLine:
        """Raises ``Damaged``."""
        try:
            key, size, sha256, content_type, pieces = orjson.loads(line)
            checked_key(key)
            if type(size) is not int or size < 0 or type(pieces) is not list or len(pieces) != -(-size // PIECE):
                raise ValueError("it is not made of its pieces")
            if not all(type(one) is str for one in (sha256, content_type, *pieces)):
                raise TypeError("a text is none")
            return cls(key, size, sha256, content_type, tuple(pieces))
        except (ValueError, TypeError, Reject):
            raise Damaged("a line of the snapshot's files cannot be read") from None


async def files_of(repository: Repository, stream: Stream) -> AsyncIterator[FileLine]:
    """The files of a snapshot, in order of their keys."""
    async for lines in lines_of(repository, stream):
        for line in lines:
            yield FileLine.of(line)
