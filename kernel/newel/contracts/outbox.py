"""Events that outlive a crash: written with what they tell of, told after it, once to each plugin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from newel.context import Call
    from newel.contracts.database import Transaction

Event = tuple["Callable[..., Any]", Any]
"""A ``notify`` hook's declaration and its subject."""


class Outbox(Protocol):
    """Delivers ``notify`` hooks at least once, to each plugin on its own, in order per subject (its ``type`` and ``id``
    where it has them). The id that makes it effectively once is ``call.event``. Without a provider the kernel tells
    them from a queue in the process, and what is in it is lost with the process."""

    async def add(self, tx: Transaction, call: Call, events: Sequence[Event]) -> None:
        """Writes the events in the transaction of the act, as one of its last things."""

    def wake(self) -> None:
        """That transaction has been committed: there is something to deliver. Costs nothing."""

    async def settle(self) -> None:
        """Returns when nothing is due any more that this process could deliver. For tests and an orderly stop."""
