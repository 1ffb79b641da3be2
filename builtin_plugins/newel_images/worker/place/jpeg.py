"""JPEG: EXIF and XMP lie in APP1 segments, of the image and of others that a phone puts behind it."""

from __future__ import annotations

import re

from newel_images.worker.place import tiff, xmp

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The marker that ends a scan: what is not stuffing, a restart or padding."""
_IN_CLIP = re.compile(rb"\xa9xyz|loci|location\.ISO6709|GPSLatitude")
"""How a film says where it was made."""


def clean(data: bytearray) -> bool:
    found, at = False, 0
    while data[at : at + 2] == b"\xff\xd8":
        told, at = _image(data, at)
        found |= told
        following = data.find(b"\xff\xd8\xff", at)
        if following > at and not data[at:following].strip(b"\0"):  # images behind the first are padded
            at = following
    if _IN_CLIP.search(data, at):
        del data[at:]
        found = True
    return found


def _image(data: bytearray, at: int) -> tuple[bool, int]:
    """One image from its first marker on; answers where it ends."""
    found, more = False, list[tuple[int, int]]()
    at += 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xD9:
            at += 2
            break
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # padding, and markers without a length
            at += 1 if marker == 0xFF else 2
            continue
        start, end = at + 4, at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end < start or end > len(data):
            break
        if marker == 0xE1:
            found |= _app1(data, start, end, more)
        at = end
        if marker == 0xDA:
            after = _IN_SCAN.search(data, end)
            at = after.start() if after else len(data)
    else:
        at = len(data) if data[at : at + 2] != b"\xff\xd9" else at + 2
    # XMP that was too long for one segment may be cut anywhere, and has a checksum: it goes as a whole.
    if more and b":GPS" in b"".join(data[start:end] for start, end in more):
        for start, end in more:
            data[start:end] = b" " * (end - start)
        found = True
    return found, at


def _app1(data: bytearray, start: int, end: int, more: list[tuple[int, int]]) -> bool:
    if data.startswith(_EXIF, start, end):
        told = tiff.clean(data, start + len(_EXIF), end)
        return xmp.clean(data, start + len(_EXIF), end) if b":GPS" in data[start:end] else told
    if data.startswith(_XMP, start, end):
        return xmp.clean(data, start + len(_XMP), end)
    if data.startswith(_MORE_XMP, start, end):
        # After the name: a checksum of 32 letters, the whole length, the offset of this piece.
        more.append((start + len(_MORE_XMP) + 40, end))
    return False
