"""Hooks of the HTTP door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.spec import collect

if TYPE_CHECKING:
    from newel.contracts.http import Route


@collect
def register_routes() -> Sequence[Route]:  # type: ignore[empty-body]  # a declaration
    """Routes served by hand, for what cannot be an operation. Two plugins with one path are a boot error."""
