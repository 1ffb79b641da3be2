"""Hooks of the terminal admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.spec import collect

if TYPE_CHECKING:
    from newel.contracts.tui import FieldInterface, Screen, ScreenSource


@collect
def register_screens() -> Sequence[Screen | FieldInterface | ScreenSource]:  # type: ignore[empty-body]  # a declaration
    """Screens for the terminal admin, and editors for fields. Two of the same name in one plugin are refused."""
