"""Keys as files below a folder, reached step by step so that no symbolic link leads out of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from newel.errors import NotFound, Reject

_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe in the way must not hold us
_IN_THE_WAY = (errno.ENOTDIR, errno.ELOOP)
_ATTEMPTS = 20


class Folder:
    """A folder with a file for each key. Blocking; for threads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def parent(self, key: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder of the key's file, open, and the file's name in it.

        Raises ``FileNotFoundError`` where there is none; with ``make`` it is made, or ``Reject`` where that cannot be.
        """
        *steps, name = key.split("/")
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # the folder itself may be a link
        try:
            for step in steps:
                inner = self._step(fd, step, make)
                os.close(fd)
                fd = inner
            yield fd, name
        finally:
            os.close(fd)

    def _step(self, fd: int, step: str, make: bool) -> int:
        try:
            return os.open(step, _STEP, dir_fd=fd)
        except OSError as error:
            if error.errno in _IN_THE_WAY:
                if make:
                    raise taken(step) from None
                raise FileNotFoundError(errno.ENOENT, "no folder") from None
            if error.errno != errno.ENOENT or not make:
                raise
        with suppress(FileExistsError):
            os.mkdir(step, dir_fd=fd)
            os.fsync(fd)
        return os.open(step, _STEP, dir_fd=fd)

    def open(self, key: str) -> int:
        """The key's file, to be read. Raises ``NotFound``."""
        try:
            with self.parent(key) as (fd, name):
                file = os.open(name, _READ, dir_fd=fd)
        except OSError as error:
            if (error.errno == errno.ENOENT and self.path.is_dir()) or error.errno == errno.ELOOP:
                raise NotFound(f"there is no blob {key}") from None
            raise
        if not S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise NotFound(f"there is no blob {key}")
        return file

    def land(self, source: int, temporary: str, key: str) -> None:
        """Moves a file (``temporary`` in the open folder ``source``) to its key, for good."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                with self.parent(key, make=True) as (fd, name):
                    os.rename(temporary, name, src_dir_fd=source, dst_dir_fd=fd)
                    os.fsync(fd)
                    return
            except FileNotFoundError:  # somebody removed the folder, which was empty, in between
                if not left or not self.path.is_dir():
                    raise
            except (IsADirectoryError, NotADirectoryError):
                raise taken(key) from None

    def remove(self, key: str) -> None:
        """Removes the key's file, and the folders that are empty then."""
        with suppress(FileNotFoundError):
            self._unlink(key)
        *steps, _ = key.split("/")
        while steps:
            try:
                with self.parent("/".join(steps)) as (fd, name):
                    os.rmdir(name, dir_fd=fd)
            except OSError:  # not empty, not there, or a link: it stays
                return
            steps.pop()

    def _unlink(self, key: str) -> None:
        with self.parent(key) as (fd, name):
            if not S_ISREG(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                return
            os.unlink(name, dir_fd=fd)
            os.fsync(fd)


def taken(what: str) -> Reject:
    return Reject(f"something else is where {what} should go", code="key_taken")
