"""What goes wrong, in the words of SFTP."""

from __future__ import annotations

import asyncssh

from newel.contracts.layout import harmless
from newel.errors import Conflict, Forbidden, NewelError, NotFound, TooLarge, Unauthenticated

_CONFLICTS = {
    "not_empty": asyncssh.SFTPDirNotEmpty,
    "name_taken": asyncssh.SFTPFileAlreadyExists,
    "quota": asyncssh.SFTPQuotaExceeded,
}


def sentence(error: NewelError) -> str:
    """In one line."""
    faults = [
        f"{fault.pointer.lstrip('/')}: {fault.detail}" if fault.pointer else fault.detail for fault in error.problems
    ]
    return harmless("; ".join(dict.fromkeys([error.detail, *faults])))[:1000]


def translated(error: NewelError) -> asyncssh.SFTPError:
    """Old versions of the protocol, and that is what everybody speaks, have four codes for all of them."""
    reason = sentence(error)
    match error:
        case NotFound():
            return asyncssh.SFTPNoSuchFile(reason)
        case Forbidden() | Unauthenticated():
            return asyncssh.SFTPPermissionDenied(reason)
        case Conflict():
            return _CONFLICTS.get(error.reason, asyncssh.SFTPFailure)(reason)
        case TooLarge():
            return asyncssh.SFTPNoSpaceOnFilesystem(reason)
        case _:
            return asyncssh.SFTPFailure(reason)
