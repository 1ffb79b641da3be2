"""PNG: EXIF in ``eXIf``, XMP in ``iTXt``; ImageMagick writes either as hex into text chunks."""

from __future__ import annotations

import zlib

from newel_images.worker.place import tiff, xmp

_HEAD = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp\0"
_RAW = (b"Raw profile type exif\0", b"Raw profile type APP1\0", b"Raw profile type xmp\0")
_LONGEST = 4 << 20
"""Bytes that a compressed packet may become; a longer one is taken out unseen."""


def clean(data: bytearray) -> bool:
    if not data.startswith(_HEAD):
        return False
    found, at = False, len(_HEAD)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            break
        kind, start = bytes(data[at + 4 : at + 8]), at + 8
        told = False
        if kind == b"eXIf":
            told = tiff.clean(data, start, end - 4)
        elif kind in (b"iTXt", b"zTXt", b"tEXt"):
            told = _text(data, kind, start, end - 4)
        if told:
            data[end - 4 : end] = zlib.crc32(data[at + 4 : end - 4]).to_bytes(4, "big")
        found |= told
        at = end
        if kind == b"IEND":
            break
    return found


def _text(data: bytearray, kind: bytes, start: int, end: int) -> bool:
    if any(data.startswith(name, start, end) for name in _RAW):
        # Hex, perhaps compressed: whether it tells a place is not asked, since it would have to be packed again.
        name = data.index(b"\0", start, end)
        return _emptied(data, kind, start, name, end)
    if kind != b"iTXt" or not data.startswith(_XMP, start, end):
        return False
    flags = start + len(_XMP)
    packed, text = data[flags], data.index(b"\0", data.index(b"\0", flags + 2, end) + 1, end) + 1
    if not packed:
        return xmp.clean(data, text, end)
    inflate = zlib.decompressobj()
    try:
        plain = bytearray(inflate.decompress(bytes(data[text:end]), _LONGEST))
    except zlib.error:
        return False
    if inflate.unconsumed_tail or xmp.clean(plain, 0, len(plain)):
        return _emptied(data, kind, start, start + len(_XMP) - 1, end)
    return False


def _emptied(data: bytearray, kind: bytes, start: int, name: int, end: int) -> bool:
    """Makes the chunk a comment of blanks. Its type stands before ``start``."""
    data[start - 4 : start] = b"tEXt"
    data[start:end] = b"Comment\0".ljust(end - start, b" ")[: end - start]
    return True
