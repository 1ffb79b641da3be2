"""What an engine gives: one connection, in words that the rest of the kit understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from newel.contracts.database import Row, Value
from newel.sql.parameters import Prepared

Values = Mapping[str, Value] | None


class Cursor(Protocol):
    """Rows that the server keeps until they are asked for. Of use only inside its transaction."""

    async def more(self) -> list[Row]:
        """The next rows, bounded in number and size; none: that was all."""

    async def close(self) -> None:
        """Frees what the server holds for it."""


class Link(Protocol):
    """One connection. One call at a time: the kit sees to that.

    All calls raise the contract's errors (``UniqueViolation``, ``Contention``, ``Away``, ...). A call that is cancelled
    raises at once; ``settle`` is then called before anything else. A connection that is lost says so in ``broken``.
    """

    fragile: bool
    """Whether a statement that fails makes the engine refuse the rest of its transaction (but for savepoints)."""

    @property
    def broken(self) -> bool:
        """It is closed, or lost: of no use any more. Cheap: asked before each use."""

    async def fetch(self, text: Prepared, values: Values) -> list[Row]:
        """All rows."""

    async def fetch_one(self, text: Prepared, values: Values) -> Row | None:
        """The first row; a statement that writes is carried out to its end."""

    async def run(self, text: Prepared, values: Values) -> int:
        """How many rows it matched or inserted."""

    async def run_many(self, text: Prepared, rows: Sequence[Mapping[str, Value]]) -> int:
        """The total. Called inside a transaction, so that all or none is no concern here."""

    async def stream(self, text: Prepared, values: Values) -> Cursor:
        """Opens a cursor. Called inside a transaction."""

    async def begin(self, *, read_only: bool) -> None:
        """READ COMMITTED to write; one snapshot, taken now, to read only."""

    async def command(self, text: str) -> None:
        """A statement without values or answer, such as ``SAVEPOINT point_1``."""

    async def commit(self) -> None:
        """Raises where it did not happen; ``Away`` where it may have happened."""

    async def roll_back(self) -> None:
        """Also where no transaction is open: then it does nothing."""

    async def settle(self) -> None:
        """After a cancelled call: the server has stopped the statement when this returns (or the link is broken)."""

    async def ping(self) -> None:
        """Raises ``Away`` where nobody answers."""

    async def close(self) -> None:
        """Says goodbye. Never raises."""

    def abort(self) -> None:
        """Cuts the connection without waiting for anything: ``broken`` is true from then on, and a call that was under
        way raises ``Away``."""
