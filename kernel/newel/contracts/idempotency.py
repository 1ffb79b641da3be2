"""The same request twice is one act: ``Idempotency-Key`` for every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from newel.context import Call
    from newel.contracts.database import Transaction


@frozen
class Kept:
    """The answer that an earlier request with this key got, as plain JSON-like data (secrets masked)."""

    answer: Any


class Idempotency(Protocol):
    """Remembers answers by (actor, operation, key) for a stated time, in the transaction of the act itself."""

    async def begin(self, tx: Transaction, call: Call, operation: str, fingerprint: str) -> Kept | None:
        """``None`` for a new key, the kept answer for a known one.

        Raises ``Reject`` (code ``idempotency_mismatch``) when the key was used with another input.
        """

    async def finish(self, tx: Transaction, call: Call, operation: str, answer: Any) -> None:
        """Keeps the answer. It commits with the act or not at all."""
