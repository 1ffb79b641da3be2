"""A server of files that does nothing: ``asyncssh``'s own would open the disk of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NoReturn

from asyncssh import SFTPError, SFTPName, SFTPPermissionDenied, SFTPServer

if TYPE_CHECKING:
    from asyncssh import SSHServerChannel


DISK = (
    "map_path", "reverse_map_path", "open", "open56", "read", "write", "lstat", "fstat", "stat", "setstat", "lsetstat",
    "fsetstat", "remove", "mkdir", "rmdir", "realpath", "rename", "posix_rename", "readlink", "symlink", "link", "lock",
    "unlock", "statvfs", "fstatvfs", "fsync",
)  # fmt: skip
"""What reaches the disk in ``SFTPServer``, beside ``scandir``. A test looks for what the library adds."""


class Refusing(SFTPServer):
    """Answers every request that touches anything with ``refusal``. Whoever serves something overrides what it is."""

    def __init__(self, channel: SSHServerChannel[bytes], why: str) -> None:
        super().__init__(channel)
        self._why = why

    def refusal(self) -> SFTPError:
        return SFTPPermissionDenied(self._why)

    def refuse(self, *given: object) -> NoReturn:
        raise self.refusal()

    def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        raise self.refusal()

    def close(self, file_obj: object) -> None:
        """Nothing can have been opened."""

    def exit(self) -> None:
        """Nothing is held."""

    def format_user(self, uid: int | None) -> str:
        """Users of the system have nothing to do with this."""
        return "newel"

    def format_group(self, gid: int | None) -> str:
        return "newel"


for _name in DISK:  # so that they keep the types that the library gives them
    setattr(Refusing, _name, Refusing.refuse)
