"""The audit trail: what was done, by whom, through which door, in the same transaction as the doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from newel.context import Call
    from newel.contracts.database import Transaction

Outcome = Literal["done", "denied"]


@frozen(kw_only=True)
class Change:
    """One entity that an operation changed. ``before``/``after`` are JSON-like; ``None`` means it was not there.

    Secrets in them are masked by type when they are written, so put the values in as they are.
    """

    entity: str
    id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@frozen(kw_only=True)
class Reverse:
    """An operation with its input that takes back what another one did."""

    operation: str
    params: Mapping[str, Any]


@frozen(kw_only=True)
class Act:
    """One operation that ran, with what it changed (perhaps nothing)."""

    call: Call
    operation: str
    changes: Sequence[Change] = ()


class Audit(Protocol):
    """Keeps the trail. An operation without a change still leaves a row when it writes."""

    async def append(self, tx: Transaction, acts: Sequence[Act]) -> None:
        """Writes one row a change (one row for an act without any) in the given transaction, as the last thing before
        its commit: what it locks is held for as short as can be."""

    async def note(self, call: Call, operation: str, outcome: Outcome, detail: str = "") -> None:
        """Writes one row in a transaction of its own: an act that was denied, or a privileged one that only reads.

        ``detail`` is a code such as ``forbidden``. Strangers cannot fill the trail: beyond a rate, their denied acts
        are counted and written together. Raises nothing but ``Transient``.
        """
