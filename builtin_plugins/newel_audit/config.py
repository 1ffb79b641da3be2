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
    keep_days: Annotated[int, "Days that rows are kept before they are pruned; 0: for ever.", Min(0), Max(36_500)] = 0
    denied_per_minute: Annotated[
        int, "Denied acts of one actor (all strangers are one) that get a row each; further ones of the minute are "
        "counted and written together.", Min(0), Max(10_000),
    ] = 30  # fmt: skip
    key_file: Annotated[
        str, "The file with the key that signs the chains; made at the first start. All nodes of a site share it.",
    ] = "data/audit.key"  # fmt: skip
