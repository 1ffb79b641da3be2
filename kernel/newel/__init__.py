"""Newel's kernel: what a plugin author needs, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.bounds import Fault, FromText, Max, MaxLength, Min, MinLength, Pattern
from newel.context import ANONYMOUS, PUBLIC, SIGNED_IN, SYSTEM, Actor, Call, Permission
from newel.deprecation import Deprecated
from newel.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    Reject,
    TooLarge,
    TooMany,
    Transient,
    Unauthenticated,
)
from newel.manifest import Manifest, Offer
from newel.secrets import Secret, ShownOnce
from newel.spec import hookimpl

if TYPE_CHECKING:
    from newel.operations import operation, operations_of

__all__ = [
    "ANONYMOUS", "PUBLIC", "SIGNED_IN", "SYSTEM", "Actor", "Call", "Conflict", "Deprecated", "Fault", "Forbidden",
    "FromText", "Malformed", "Manifest", "Max", "MaxLength", "Min", "MinLength", "NotFound", "Offer", "Pattern",
    "Permission", "PreconditionFailed", "PreconditionRequired", "Problem", "Reject", "Secret", "ShownOnce",
    "TooLarge", "TooMany", "Transient", "Unauthenticated", "hookimpl", "operation", "operations_of",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """``operation`` and ``operations_of`` at first use: manifests need neither, and ``--help`` reads them all."""
    if name in ("operation", "operations_of"):
        from newel import operations

        return getattr(operations, name)
    raise AttributeError(name)
