"""What can be wrong with a repository. Each says what to do next."""

from __future__ import annotations

from newel.errors import Conflict, NotFound, Reject


class Damaged(Conflict):
    """An object is not what its name or its seal says."""

    code = "backup_damaged"


class NoRepository(NotFound):
    """There is none on the target."""

    code = "no_repository"


class WrongKey(Reject):
    """The repository is encrypted, and this key does not open it."""

    code = "backup_key"


class TooNew(Conflict):
    """A later version of Newel made it."""

    code = "backup_too_new"


class Locked(Conflict):
    """Somebody else works on the repository."""

    code = "backup_locked"
