"""EXIF: a TIFF file in miniature. Its GPS directory is zeroed and the entry that points there is removed."""

from __future__ import annotations

import struct

_GPS, _EXIF, _INTEROP = 0x8825, 0x8769, 0xA005
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_MOST = 32
"""Directories. A camera writes about five; a loop writes any number."""


def clean(data: bytearray, start: int, end: int) -> bool:
    """Cleans the TIFF structure at ``data[start:end]``; ``True``: there was a place. One that is broken says none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(data[start : start + 4]))
    if order is None or end - start < 8:
        return False
    found = False
    waiting, seen = [struct.unpack_from(order + "I", data, start + 4)[0]], set[int]()
    while waiting and len(seen) < _MOST:
        at = waiting.pop()
        if at in seen or at < 8 or start + at + 2 > end:
            continue
        seen.add(at)
        found |= _directory(data, start, end, at, order, waiting)
    return found


def _directory(data: bytearray, start: int, end: int, at: int, order: str, waiting: list[int]) -> bool:
    """One directory; ``waiting`` gets those that it points to."""
    first = start + at + 2
    count = min(struct.unpack_from(order + "H", data, start + at)[0], (end - first) // 12)
    last = first + 12 * count
    if last + 4 <= end:
        waiting.append(struct.unpack_from(order + "I", data, last)[0])
    kept, found = bytearray(), False
    for entry in range(first, last, 12):
        tag, _, _, value = struct.unpack_from(order + "HHII", data, entry)
        if tag == _GPS:
            _erase(data, start, end, value, order)
            found = True
            continue
        if tag in (_EXIF, _INTEROP):
            waiting.append(value)
        kept += data[entry : entry + 12]
    if found:
        struct.pack_into(order + "H", data, start + at, len(kept) // 12)
        # The pointer to the next directory follows the last entry.
        tail = bytes(data[last : last + 4]) if last + 4 <= end else b""
        data[first : last + len(tail)] = (kept + tail).ljust(last + len(tail) - first, b"\0")
    return found


def _erase(data: bytearray, start: int, end: int, at: int, order: str) -> None:
    """Zeroes a directory and the values that it points to."""
    first = start + at + 2
    if at < 8 or first > end:
        return
    count = min(struct.unpack_from(order + "H", data, start + at)[0], (end - first) // 12)
    for entry in range(first, first + 12 * count, 12):
        _, kind, number, value = struct.unpack_from(order + "HHII", data, entry)
        size = number * (_SIZES[kind] if kind < len(_SIZES) else 0)
        if size > 4 and value >= 8:
            _zero(data, start + value, min(start + value + size, end))
    _zero(data, start + at, min(first + 12 * count + 4, end))


def _zero(data: bytearray, begin: int, end: int) -> None:
    if begin < end:
        data[begin:end] = bytes(end - begin)
