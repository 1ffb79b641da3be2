"""What can be set."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from newel import Max, Min


@frozen(kw_only=True)
class Config:
    """The section ``[sketch]``."""

    longest: Annotated[int, "Characters of a note at most.", Min(1), Max(10_000)] = 2000
