"""From errors of the operating system to those of the contract."""

from __future__ import annotations

import errno

from newel.contracts.blobs import BlobsAway
from newel.errors import NewelError, Reject, Transient

FULL = {errno.ENOSPC, errno.EDQUOT}


def translated(error: OSError) -> NewelError:
    """Without the path: the caller may be anybody. The log has it, as the cause."""
    if error.errno in FULL:
        return Transient("there is no room left for files", code="storage_full", retry_after=60.0)
    if error.errno == errno.EFBIG:
        return Reject("the file system takes no file of that size", code="too_large")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return BlobsAway("too many files are open", retry_after=1.0)
    return BlobsAway(f"the folder of files cannot be used: {error.strerror or type(error).__name__}", retry_after=5.0)
