"""WebP: EXIF and XMP are chunks of the RIFF file."""

from __future__ import annotations

from newel_images.worker.place import tiff, xmp


def clean(data: bytearray) -> bool:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return False
    found, at = False, 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        start, end = at + 8, min(at + 8 + size, len(data))
        kind = data[at : at + 4]
        if kind == b"EXIF":
            if data.startswith(b"Exif\0\0", start, end):  # some writers begin as in a JPEG
                start += 6
            found |= tiff.clean(data, start, end)
        elif kind == b"XMP ":
            found |= xmp.clean(data, start, end)
        at = end + size % 2
    return found
