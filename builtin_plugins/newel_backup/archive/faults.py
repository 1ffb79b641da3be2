"""What can be wrong with an archive."""

from __future__ import annotations

from newel.errors import Conflict, Reject


class BadArchive(Reject):
    """It is not what ``newel backup export`` writes, or not whole. Nothing of it becomes a snapshot."""

    code = "bad_archive"


class Unpackable(Conflict):
    """What is exported does not fit into one archive."""

    code = "unpackable"


class Unwritable(Conflict):
    """The file or the pipe takes no more."""

    code = "unwritable"

    @classmethod
    def of(cls, error: OSError) -> Unwritable:
        return cls(f"the archive cannot be written: {error.strerror or error}")
