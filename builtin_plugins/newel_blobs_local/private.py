"""What the store keeps for itself, in ``.newel`` below its folder: no key begins with a dot."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from newel.errors import BootError
from newel_blobs_local.faults import FULL

LOCKS = 16


class Private:
    """Temporary files, uploads, types and locks. Blocking; for threads."""

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._own = folder / ".newel"
        self.temporary = self._own / "tmp"
        self.uploads = self._own / "uploads"
        self.types = self._own / "types"
        self._locks = self._own / "locks"

    def prepare(self) -> None:
        """Makes the folders and tries to write. Raises ``BootError`` with the remedy."""
        try:
            for folder in (self._root, self._own, self.temporary, self.uploads, self.types, self._locks):
                folder.mkdir(parents=folder == self._root, exist_ok=True)
                if folder != self._root and folder.is_symlink():
                    raise BootError(f"{folder} is a symbolic link: remove it, the store makes a folder there.")
            self._probe()
        except FileExistsError as error:
            raise BootError(f"{error.filename} is no folder. Name a folder in blobs.url, or move it away.") from None
        except OSError as error:
            raise BootError(
                f"cannot keep files in {self._root}: {error.strerror}. "
                "Choose another folder in blobs.url, or give this user the right to write there."
            ) from error

    def _probe(self) -> float:
        """Writes a file and removes it. Answers the time that the disk gave it: that of another machine, maybe."""
        probe = self.temporary / f"probe-{secrets.token_hex(8)}"
        try:
            probe.write_bytes(b"x")
            return probe.stat().st_mtime
        except OSError as error:
            if error.errno not in FULL:
                raise
            return time.time()  # a full disk can still be read from, and swept
        finally:
            probe.unlink(missing_ok=True)

    def sweep(self, seconds: float) -> int:
        """Removes what killed puts and abandoned uploads left, when nobody touched it for so long. Answers how many."""
        oldest = self._probe() - seconds
        removed = 0
        for folder in (self.temporary, self.uploads):
            for entry in os.scandir(folder):
                with suppress(FileNotFoundError):  # another process sweeps as well
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        if entry.is_dir(follow_symlinks=False):
                            shutil.rmtree(entry.path)
                        else:
                            os.unlink(entry.path)  # noqa: PTH108 - of scandir
                        removed += 1
        return removed

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Whoever changes this key waits for each other, of all processes."""
        path = self._locks / str(zlib.crc32(key.encode()) % LOCKS)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)
