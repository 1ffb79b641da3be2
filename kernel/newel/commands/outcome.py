"""How a command ends: exit codes, and what is told of an error."""

from __future__ import annotations

from newel.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NewelError,
    NotFound,
    PreconditionFailed,
    Reject,
    Unauthenticated,
)

_CODES: tuple[tuple[tuple[type[NewelError], ...], int], ...] = (
    ((Malformed, Reject), 2),
    ((Conflict, PreconditionFailed), 4),
    ((NotFound,), 5),
    ((Unauthenticated, Forbidden), 6),
)


def exit_code(error: NewelError) -> int:
    """The exit code for an error."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), 1)


def lines(error: NewelError) -> list[str]:
    """What a person is told: a line, and one for each fault of an input."""
    return [
        f"newel: {error.detail}",
        *(f"  {problem.pointer or '/'}: {problem.detail}" for problem in error.problems),
    ]
