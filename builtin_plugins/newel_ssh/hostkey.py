"""The key that the door is known by: made once, kept in ``[ssh] host_key``, readable by its owner only."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from newel.errors import BootError

if TYPE_CHECKING:
    from asyncssh import SSHKey

MOST = 16_384


def host_key(file: Path) -> SSHKey:
    """The key in the file; the first time it is made. Of two processes that start at once one makes it, and both use
    it.

    Raises ``BootError`` where others could read it or it is damaged: it is never replaced, since whoever connects
    would be warned of an impostor.
    """
    try:
        if not file.exists():
            _made(file)
        return _read(file)
    except OSError as error:
        raise BootError(f"cannot keep the host key of the SSH door in {file}: {error.strerror}") from None


def _made(file: Path) -> None:
    import asyncssh

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519", comment="newel")
    new = file.with_name(f".{file.name}.{token_hex(8)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(key.export_private_key("openssh"))
            target.flush()
            os.fsync(target.fileno())
        try:
            file.hardlink_to(new)
        except FileExistsError:  # another process was first: its key it is
            return
    finally:
        new.unlink(missing_ok=True)


def _read(file: Path) -> SSHKey:
    import asyncssh

    with file.open("rb") as source:
        mode = stat.S_IMODE(os.fstat(source.fileno()).st_mode)
        data = source.read(MOST)
    if mode & 0o077:
        raise BootError(
            f"{file} can be read by others (mode {mode:04o}), so it is used no more: chmod 600 it if nobody did, or "
            "remove it for a new one (people who connect will be told that the host key has changed)"
        )
    try:
        return asyncssh.import_private_key(data)
    except (asyncssh.KeyImportError, ValueError):
        raise BootError(
            f"{file} is damaged: put it back from a backup, or remove it for a new one (people who connect will be "
            "told that the host key has changed)"
        ) from None
