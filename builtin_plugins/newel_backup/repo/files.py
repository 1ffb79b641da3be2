"""The list of files of a snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from attrs import frozen

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
            return cls(str(key), int(size), str(sha256), str(content_type), tuple(map(str, pieces)))
        except (ValueError, TypeError):
            raise Damaged("a line of the snapshot's files cannot be read") from None


async def files_of(repository: Repository, stream: Stream) -> AsyncIterator[FileLine]:
    """The files of a snapshot, in order of their keys."""
    async for lines in lines_of(repository, stream):
        for line in lines:
            yield FileLine.of(line)
