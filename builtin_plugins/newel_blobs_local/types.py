"""The content types of files. Most follow from their names; the others stand in a small file of their own.

A file and its type change together although they are two: while one replaces the other, the small file tells both,
each with the mark of the file that it is of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from newel.errors import NotFound
from newel_blobs_local.folder import Folder
from newel_blobs_local.incoming import Incoming

UNKNOWN = "application/octet-stream"
BY_NAME = {
    "avif": "image/avif", "gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json",
    "mp3": "audio/mpeg", "mp4": "video/mp4", "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8", "webm": "video/webm", "webp": "image/webp", "zip": "application/zip",
}  # fmt: skip
"""Never to be changed: what was written with these has no other type on disk."""


def by_name(key: str) -> str:
    return BY_NAME.get(key.rpartition("/")[2].rpartition(".")[2], UNKNOWN)


def mark(stat: os.stat_result) -> str:
    return f"{stat.st_ino}-{stat.st_mtime_ns}"


class Types:
    """Reads and writes the small files. Blocking; for threads. Whoever writes holds the key's lock."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self._folder = Folder(folder)
        self._temporary = temporary

    def of(self, key: str, stat: os.stat_result) -> str:
        """The type of this very file."""
        known = self._read(key)
        if not known:
            return by_name(key)
        # A copy of the folder has other marks: the last type is that of the last file.
        return known.get(mark(stat)) or list(known.values())[-1]

    def replacing(
        self, key: str, content_type: str, new: os.stat_result, before: Callable[[], os.stat_result | None]
    ) -> bool:
        """Called before the new file lands: afterwards both have their types. Answers whether it had to be told;
        ``replaced`` has to be called then."""
        known = self._read(key)
        if not known and content_type == by_name(key):
            return False
        old = before()
        told = {} if old is None else {mark(old): self.of(key, old)}
        told[mark(new)] = content_type
        small = Incoming(self._temporary)
        try:
            small.open()
            small.write(json.dumps(told).encode())
            small.settle()
            small.land(self._folder, key)
        finally:
            small.discard()
        return True

    def replaced(self, key: str, content_type: str) -> None:
        """Called when the new file is there."""
        if content_type == by_name(key):
            self.forget(key)

    def forget(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._folder.remove(key)

    def _read(self, key: str) -> dict[str, str]:
        try:
            fd = self._folder.open(key)
        except NotFound:
            return {}
        with open(fd, "rb") as file:  # noqa: PTH123 - an open descriptor
            try:
                found = json.load(file)
            except ValueError:  # somebody else's doing: the file itself is still good
                return {}
            return dict(found) if isinstance(found, dict) else {}
