"""Taking out where an image was made, without touching its pixels: metadata is overwritten where it stands.

Nothing moves and no length changes (but for the film clip that some phones hang behind a JPEG, which goes as a whole),
so what we do not understand stays as it was. What is looked at: the GPS directory of EXIF, and in XMP everything called
``GPS...``. Names of places that somebody wrote down (IPTC, XMP) stay: they were meant to be read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from newel_images.worker.faults import Refused
from newel_images.worker.place import avif, gif, jpeg, png, webp

_CLEANERS: dict[str, Callable[[bytearray], bool]] = {
    "image/jpeg": jpeg.clean,
    "image/png": png.clean,
    "image/webp": webp.clean,
    "image/gif": gif.clean,
    "image/avif": avif.clean,
}
"""By MIME type: takes the place out of a whole file; answers whether there was one. Any error: the file is broken."""


def tells_place(path: Path, mime: str) -> bool:
    """Whether the file says where it was made. Metadata that cannot be read says nothing."""
    try:
        return _cleaned(path, mime)[1]
    except Refused:
        return False


def without_place(path: Path, mime: str, target: Path) -> bool:
    """Writes the file without it; nothing where there is none."""
    data, told = _cleaned(path, mime)
    if told:
        with target.open("xb") as file:
            file.write(data)
    return told


def _cleaned(path: Path, mime: str) -> tuple[bytearray, bool]:
    clean = _CLEANERS.get(mime)
    if clean is None:
        raise Refused(f"{mime} is not read")
    data = bytearray(path.read_bytes())
    try:
        told = clean(data)
        again = bytearray(data)
        if told and clean(again):
            raise Refused("where the image was made could not be taken out")
    except (IndexError, ValueError, struct.error) as error:
        raise Refused(f"the metadata is broken: {error}") from None
    return data, told
