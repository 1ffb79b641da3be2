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
    raw = next((name for name in _RAW if data.startswith(name, start, end)), None)
    if raw is not None:
        packed = kind == b"zTXt"
        return _raw_tells(bytes(data[start + len(raw) + packed : end]), packed) and _emptied(data, start, end)
    if kind != b"iTXt" or not data.startswith(_XMP, start, end):
        return False
    flags = start + len(_XMP)
    text = data.index(b"\0", data.index(b"\0", flags + 2, end) + 1, end) + 1
    if not data[flags]:
        return xmp.clean(data, text, end)
    plain = _inflated(bytes(data[text:end]))
    return (plain is None or xmp.clean(plain, 0, len(plain))) and _emptied(data, start, end)


def _raw_tells(text: bytes, packed: bool) -> bool:
    """Whether hex, after a line with its name and one with its length, tells a place; what is unreadable might."""
    lines = _inflated(text) if packed else bytearray(text)
    try:
        plain = bytearray.fromhex(b"".join(bytes(lines or b"").split()[2:]).decode("ascii"))
    except ValueError:
        return True
    skip = 6 if plain.startswith(b"Exif\0\0") else 0
    return lines is None or tiff.clean(plain, skip, len(plain)) or xmp.clean(plain, 0, len(plain))


def _inflated(text: bytes) -> bytearray | None:
    """``None``: too long, or broken."""
    inflate = zlib.decompressobj()
    try:
        plain = bytearray(inflate.decompress(text, _LONGEST))
    except zlib.error:
        return None
    return None if inflate.unconsumed_tail else plain


def _emptied(data: bytearray, start: int, end: int) -> bool:
    """Makes the chunk a comment of blanks. Its type stands before ``start``."""
    data[start - 4 : start] = b"tEXt"
    data[start:end] = b"Comment\0".ljust(end - start, b" ")[: end - start]
    return True
