"""AVIF: metadata are items of the ``meta`` box; where their bytes lie says ``iloc``."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from newel_images.worker.place import tiff, xmp

_CONTAINERS = {b"moov", b"trak"}
_MOST = 4096


@frozen
class _Box:
    kind: bytes
    start: int
    """Of its content."""
    end: int


def clean(data: bytearray) -> bool:
    if data[4:8] != b"ftyp":
        return False
    found = False
    for box in _metas(data, 0, len(data)):
        found |= _meta(data, box)
    return found


def _metas(data: bytearray, start: int, end: int) -> Iterator[_Box]:
    for box in _boxes(data, start, end):
        if box.kind == b"meta":
            yield box
        elif box.kind in _CONTAINERS:
            yield from _metas(data, box.start, box.end)


def _boxes(data: bytearray, start: int, end: int) -> Iterator[_Box]:
    while start + 8 <= end:
        size, head = int.from_bytes(data[start : start + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield _Box(bytes(data[start + 4 : start + 8]), start + head, start + size)
        start += size


def _meta(data: bytearray, meta: _Box) -> bool:
    inside = {box.kind: box for box in _boxes(data, meta.start + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return False
    kinds = _kinds(data, inside[b"iinf"])
    shift = inside[b"idat"].start if b"idat" in inside else 0
    found = False
    for item, places in _places(data, inside[b"iloc"], shift):
        kind = kinds.get(item)
        if kind is None or not places:
            continue
        # One piece as a rule; of several the bytes are put together, cleaned, and laid back.
        whole = bytearray(b"".join(data[start:end] for start, end in places))
        if kind == b"Exif":
            skip = 4 + int.from_bytes(whole[:4], "big")
            told = tiff.clean(whole, skip, len(whole))
        else:
            told = xmp.clean(whole, 0, len(whole))
        if told:
            found = True
            for start, end in places:
                data[start:end] = whole[: end - start]
                del whole[: end - start]
    return found


def _kinds(data: bytearray, iinf: _Box) -> dict[int, bytes]:
    """By item: ``Exif`` or ``mime``, which for an image is XMP."""
    head = iinf.start + (6 if data[iinf.start] == 0 else 8)
    kinds = {}
    for box in _boxes(data, head, iinf.end):
        version = data[box.start]
        if box.kind != b"infe" or version < 2:
            continue
        size = 2 if version == 2 else 4
        item = int.from_bytes(data[box.start + 4 : box.start + 4 + size], "big")
        kind = bytes(data[box.start + 6 + size : box.start + 10 + size])
        if kind in (b"Exif", b"mime"):
            kinds[item] = kind
    return kinds


def _places(data: bytearray, iloc: _Box, shift: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each item with the pieces of the file that it consists of; ``shift`` is where ``idat`` begins."""
    reader = _Reader(data, iloc.start, iloc.end)
    version = reader.number(1)
    reader.number(3)
    sizes, more = reader.number(1), reader.number(1)
    for _ in range(min(reader.number(2 if version < 2 else 4), _MOST)):
        item = reader.number(2 if version < 2 else 4)
        method = reader.number(2) & 15 if version in (1, 2) else 0
        reader.number(2)
        base = reader.number(more >> 4) + (shift if method == 1 else 0)
        places = []
        for _ in range(min(reader.number(2), _MOST)):
            if version in (1, 2):
                reader.number(more & 15)
            start = base + reader.number(sizes >> 4)
            size = reader.number(sizes & 15)
            end = start + size if size else len(data)
            if method in (0, 1) and end <= len(data):
                places.append((start, end))
        yield item, places


class _Reader:
    def __init__(self, data: bytearray, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    def number(self, size: int) -> int:
        """The next number of so many bytes; of none it is 0."""
        if self._at + size > self._end:
            raise ValueError("a box ends too early")
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at], "big")
