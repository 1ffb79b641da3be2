"""Lines of an archive on their way in: nothing but what an export writes gets through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import orjson

from newel.blobs import checked_key
from newel.contracts.database import Value
from newel.errors import Reject
from newel_backup.archive.faults import BadArchive
from newel_backup.archive.files import is_type, list_line
from newel_backup.archive.manifest import LONGEST_LINE
from newel_backup.repo.faults import Damaged
from newel_backup.repo.rows import lines, row

_LONG = 1 << 20
_TEXTS = re.compile(rb'"(?:[^"\\]++|\\.)*+"')
_WIDEST = 40
"""Bytes of a value beside its texts: a number, or the braces round them."""
_KINDS = frozenset((type(None), int, float, str, bytes))


class Lines:
    """Cuts pieces at line feeds. A line has ``LONGEST_LINE`` bytes at most."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._held = bytearray()

    def cut(self, piece: bytes) -> list[bytes]:
        """The lines that are complete, without line feeds. Raises ``BadArchive``."""
        head, feed, rest = piece.partition(b"\n")
        self._held += head
        if len(self._held) > LONGEST_LINE:
            raise BadArchive(f"a line of {self.name} has more than {LONGEST_LINE >> 20} MiB")
        if not feed:
            return []
        found = [bytes(self._held), *rest.split(b"\n")]
        self._held = bytearray(found.pop())
        return found

    def end(self) -> None:
        """Raises ``BadArchive``."""
        if self._held:
            raise BadArchive(f"{self.name} ends in the middle of a line")


class Rows:
    """The rows of a table: as an export writes them, in order of their key."""

    def __init__(self, name: str, width: int, key: int) -> None:
        """``key``: how many of the first columns are the key."""
        self._lines = Lines(name)
        self._width = width
        self._key = key
        self._last: list[tuple[int, int | float | bytes]] | None = None

    def take(self, piece: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Key and line of each row. Raises ``BadArchive``."""
        name, found = self._lines.name, self._lines.cut(piece)
        rows = [self._row(line) for line in found]
        keys = [[_ranked(value) for value in values[: self._key]] for values in rows]
        # A table without a key has all its columns for one: then two rows may be alike.
        twice = self._key == self._width
        for one, other in pairwise([self._last, *keys] if self._last is not None else keys):
            if other < one or (other == one and not twice):
                raise BadArchive(f"the rows of {name} are not in order of their key")
        if keys:
            self._last = keys[-1]
        for (id, written), line in zip(lines(rows, range(self._key)), found, strict=True):
            if written[:-1] != line:
                raise BadArchive(f"{name} has a row that no export writes so")
            yield id, written

    def end(self) -> None:
        """Raises ``BadArchive``."""
        self._lines.end()

    def _row(self, line: bytes) -> list[Value]:
        if len(line) > _LONG and len(_TEXTS.sub(b"", line)) > (self._width + 1) * _WIDEST:
            raise BadArchive(f"{self._lines.name} has a row of more values than columns")  # seen before it is unpacked
        try:
            values = row(line, self._width)
        except Damaged as error:
            raise BadArchive(f"{self._lines.name}: {error.detail}") from None
        if not _KINDS.issuperset(map(type, values)):
            raise BadArchive(f"{self._lines.name} has a row with a value that no table has")
        return values


def _ranked(value: Value) -> tuple[int, int | float | bytes]:
    """As tables are ordered: ``NULL``, numbers, text by its bytes, bytes."""
    if value is None:
        return 0, 0
    if isinstance(value, str):
        return 2, value.encode("utf-8", "surrogatepass")
    return (1, value) if isinstance(value, int | float) else (3, bytes(value))


class Listed:
    """The list of files, in order of keys that a store takes."""

    def __init__(self, name: str) -> None:
        self._lines = Lines(name)
        self._last = ""

    def take(self, piece: bytes) -> Sequence[tuple[str, int, str, str]]:
        """Key, size, SHA-256 and type of each. Raises ``BadArchive``."""
        return [self._line(line) for line in self._lines.cut(piece)]

    def end(self) -> None:
        """Raises ``BadArchive``."""
        self._lines.end()

    def _line(self, line: bytes) -> tuple[str, int, str, str]:
        try:
            key, size, sha256, kind = orjson.loads(line)
            checked_key(key)
            if not (type(size) is int and size >= 0 and re.fullmatch("[0-9a-f]{64}", sha256) and is_type(kind)):
                raise ValueError
            if list_line(key, size, sha256, kind)[:-1] != line:
                raise ValueError
        except (ValueError, TypeError, Reject):
            raise BadArchive(f"{self._lines.name} has a line that no export writes so") from None
        if key <= self._last:
            raise BadArchive(f"{self._lines.name} is not in order")
        self._last = key
        return key, size, sha256, kind
