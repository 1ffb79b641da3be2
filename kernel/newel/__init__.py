"""Newel's kernel: what a plugin author needs, and nothing else."""

from __future__ import annotations

from newel.context import ANONYMOUS, PUBLIC, SIGNED_IN, SYSTEM, Actor, Call, Permission
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
from newel.operations import operation, operations_of
from newel.secrets import Secret, ShownOnce
from newel.spec import hookimpl
from newel.structure import FromText, Max, MaxLength, Min, MinLength, Pattern

__all__ = [
    "ANONYMOUS", "PUBLIC", "SIGNED_IN", "SYSTEM", "Actor", "Call", "Conflict", "Forbidden", "FromText", "Malformed",
    "Manifest", "Max", "MaxLength", "Min", "MinLength", "NotFound", "Offer", "Pattern", "Permission",
    "PreconditionFailed", "PreconditionRequired", "Problem", "Reject", "Secret", "ShownOnce", "TooLarge", "TooMany",
    "Transient", "Unauthenticated", "hookimpl", "operation", "operations_of",
]  # fmt: skip
