"""The audit trail: what was done, by whom, through which door, in the same transaction as the doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from newel.context import Call
    from newel.contracts.database import Transaction


@frozen(kw_only=True)
class Change:
    """One entity that an operation changed. ``before``/``after`` are JSON-like; ``None`` means it was not there.

    Secrets in them are masked by type when they are written, so put the values in as they are.
    """

    entity: str
    id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class Audit(Protocol):
    """Keeps the trail. An operation without a change still leaves a row when it writes."""

    async def append(self, tx: Transaction, call: Call, operation: str, changes: Sequence[Change]) -> None:
        """Writes one row a change (one row when there is none) in the given transaction."""
