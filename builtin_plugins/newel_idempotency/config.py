"""What can be set about idempotency."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class IdempotencyConfig:
    """The ``[idempotency]`` section."""

    hours: Annotated[int, "How long an answer is kept; after that the key is new again.", Min(1), Max(8760)] = 24
    max_answer: Annotated[
        int, "Characters of JSON of an answer that is kept; a larger one is not, but its act is not repeated either.",
        Min(0), Max(16_000_000),
    ] = 262_144  # fmt: skip
