"""GIF: XMP is an application extension. It is written as it is, and its 258 bytes of trailer stop any reader that takes
it for sub-blocks, whatever stands in it."""

from __future__ import annotations

from newel_images.worker.place import xmp

_XMP = b"\x21\xff\x0bXMP DataXMP"
_TRAILER = b"\x01\xff\xfe\xfd"


def clean(data: bytearray) -> bool:
    found, at = False, data.find(_XMP)
    while at >= 0:
        start = at + len(_XMP)
        end = data.find(_TRAILER, start)
        if end < 0:
            break
        found |= xmp.clean(data, start, end)
        at = data.find(_XMP, end)
    return found
