"""A file that is being written where nobody sees it, until it lands whole."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from newel.blobs import Arriving
from newel_blobs_local.folder import Folder

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = 1 << 20
_NO_SHORT_WAY = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Incoming:
    """One temporary file. Blocking; for threads. ``discard`` is called in any case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = secrets.token_hex(16)
        self._place = self._fd = -1

    def open(self) -> None:
        self._place = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._fd = os.open(self._name, _NEW, 0o666, dir_fd=self._place)

    def write(self, *pieces: bytes, arriving: Arriving | None = None) -> None:
        """Raises ``BlobDamaged`` as soon as too much came."""
        for piece in pieces:
            if arriving is not None:
                arriving.add(piece)
            view = memoryview(piece)
            while view:
                view = view[os.write(self._fd, view) :]

    def append(self, source: int, start: int, count: int) -> int:
        """Copies bytes of an open file; where the file system can, it shares them instead. Answers how many."""
        done = 0
        while done < count:
            moved = self._moved(source, start + done, count - done)
            if not moved:
                break
            done += moved
        return done

    def _moved(self, source: int, start: int, count: int) -> int:
        if hasattr(os, "copy_file_range"):  # Linux
            try:
                return os.copy_file_range(source, self._fd, count, offset_src=start)
            except OSError as error:
                if error.errno not in _NO_SHORT_WAY:
                    raise
        data = os.pread(source, min(count, _STEP), start)
        self.write(data)
        return len(data)

    def settle(self) -> os.stat_result:
        """Everything is on the disk afterwards."""
        os.fsync(self._fd)
        return os.fstat(self._fd)

    def land(self, folder: Folder, key: str) -> None:
        folder.land(self._place, self._name, key)

    def discard(self) -> None:
        """Removes what did not land, and closes."""
        if self._fd >= 0:
            os.close(self._fd)
        if self._place >= 0:
            with suppress(FileNotFoundError):
                os.unlink(self._name, dir_fd=self._place)
            os.close(self._place)
        self._place = self._fd = -1
