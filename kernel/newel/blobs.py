"""What stores of blobs share: keys, pieces cut to size, and a watch on what arrives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from urllib.parse import quote

from attrs import define, field

from newel.contracts.blobs import KEY_PATTERN, LARGEST_PARTS, BlobDamaged, Part
from newel.errors import Reject

MOST_PARTS = 10_000
_KEY = re.compile(KEY_PATTERN)


def checked_key(key: str) -> str:
    """The key itself. Raises ``Reject`` for one that is none."""
    if _KEY.fullmatch(key) is None:
        raise Reject(f"{key[:80]!r} is no key of a blob", code="bad_key")
    return key


def checked_part(number: int, size: int, part_size: int) -> None:
    """Raises ``Reject`` for a number or a size that no part has."""
    if not 1 <= number <= MOST_PARTS:
        raise Reject(f"parts have the numbers 1 to {MOST_PARTS}, not {number}", code="bad_part")
    if not 0 <= size <= LARGEST_PARTS * part_size:
        raise Reject(f"a part has {LARGEST_PARTS * part_size} bytes at most, not {size}", code="bad_part")


def in_order(parts: Iterable[Part]) -> Sequence[Part]:
    """By number. Raises ``Reject`` for none, and for a number that is there twice."""
    ordered = sorted(parts, key=lambda part: part.number)
    if not ordered or len({part.number for part in ordered}) < len(ordered):
        raise Reject("an upload is finished with one part or more, each number once", code="bad_part")
    return ordered


@define
class Arriving:
    """Counts and hashes what arrives, against what was announced."""

    size: int | None = None
    sha256: str | None = None
    came: int = 0
    _hash: hashlib._Hash = field(factory=hashlib.sha256, init=False)

    def add(self, data: bytes) -> None:
        """Raises ``BlobDamaged`` as soon as it is too much. May run in a thread: hashing takes its time."""
        self.came += len(data)
        if self.size is not None and self.came > self.size:
            raise BlobDamaged(f"more than the announced {self.size} bytes came")
        if self.sha256 is not None:
            self._hash.update(data)

    def check(self) -> None:
        """Raises ``BlobDamaged`` where it is not what was announced."""
        if self.size is not None and self.came != self.size:
            raise BlobDamaged(f"{self.came} of the announced {self.size} bytes came")
        if self.sha256 is not None and self._hash.hexdigest() != self.sha256.lower():
            raise BlobDamaged("what came has another SHA-256 than was announced")


async def cut(pieces: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of exactly ``size``, the last one shorter. Nothing comes where nothing came."""
    held = bytearray()
    async for piece in pieces:
        view = memoryview(piece)
        while view:
            taken = view[: size - len(held)]
            held += taken
            view = view[len(taken) :]
            if len(held) == size:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def saved_as(filename: str) -> str:
    """The value of ``Content-Disposition`` (RFC 6266) under which a browser saves a file by that name."""
    name = "".join(letter for letter in filename if letter.isprintable())
    plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
