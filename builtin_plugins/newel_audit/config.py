"""What can be set about the audit trail."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class AuditConfig:
    """The ``[audit]`` section."""

    max_side: Annotated[
        int, "Characters of JSON kept of each side of a change; a larger side is replaced by a mark with its size.",
        Min(1024), Max(16_000_000),
    ] = 262_144  # fmt: skip
