"""One step, statement by statement, where the engine commits every change of a table by itself.

``migrations_progress`` says which statements of an unfinished step are done. A change of a table has its row written
before it begins and marked after it ended; killed in between, the catalogue tells whether it happened. Rows are moved
in one transaction with the mark.
"""

from __future__ import annotations

import hashlib

from newel.contracts.database import Database, Row, Transaction, Value
from newel.errors import BootError
from newel_migrations.recognising import moves_rows, trace_of
from newel_migrations.rendering import made_by
from newel_migrations.steps import Step

_CREATE = """
CREATE TABLE IF NOT EXISTS migrations_progress (
    plugin VARCHAR(63) NOT NULL, number INTEGER NOT NULL, statement INTEGER NOT NULL, digest VARCHAR(64) NOT NULL,
    done INTEGER NOT NULL, PRIMARY KEY (plugin, number, statement)
)
"""
_ALL = "SELECT statement, digest, done FROM migrations_progress WHERE plugin = :plugin AND number = :number"
_PUT = (
    "INSERT INTO migrations_progress (plugin, number, statement, digest, done) "
    "VALUES (:plugin, :number, :statement, :digest, :done)"
)
_DONE = "UPDATE migrations_progress SET done = 1 WHERE plugin = :plugin AND number = :number AND statement = :statement"
_END = "DELETE FROM migrations_progress WHERE plugin = :plugin AND number = :number"


def not_ours(step: Step, table: str) -> str:
    """What is said of a table that was there before the step that makes it."""
    return (
        f"migration {step} cannot be applied: the database has a table '{table}' already that is not Newel's. "
        "Give Newel a database of its own (database.url), or restore the backup."
    )


class Stepwise:
    """Applies one step's statements; the caller holds the lock."""

    def __init__(self, database: Database, step: Step, statements: list[str]) -> None:
        self._database = database
        self._step = step
        self._statements = statements
        self._key: dict[str, Value] = {"plugin": step.plugin, "number": step.migration.number}

    def check(self) -> None:
        """Raises ``BootError`` for a statement whose outcome nobody could see after a crash."""
        for statement in self._statements:
            if not moves_rows(statement) and trace_of(statement) is None:
                raise BootError(
                    f"migration {self._step} has a statement that cannot be resumed on this engine: "
                    f"{' '.join(statement.split())[:80]}"
                )

    async def run(self) -> None:
        """Goes on where an earlier attempt ended. Raises ``BootError`` where that was of other statements."""
        self.check()
        await self._database.execute(_CREATE)
        known = {int(row["statement"]): row for row in await self._database.fetch_all(_ALL, self._key)}
        digests = [hashlib.sha256(statement.encode()).hexdigest() for statement in self._statements]
        for number, begun in known.items():
            if number >= len(digests) or begun["digest"] != digests[number]:
                raise BootError(
                    f"migration {self._step} was begun in another form and is half done.\n"
                    "Start the version that began it once more, or restore the backup from before the upgrade."
                )
        for number, statement in enumerate(self._statements):
            row = known.get(number)
            if row is None or not row["done"]:
                await self._one(number, statement, digests[number], row)

    async def _one(self, number: int, statement: str, digest: str, row: Row | None) -> None:
        values = {**self._key, "statement": number, "digest": digest}
        trace = trace_of(statement)
        if trace is None:
            async with self._database.transaction() as tx:
                await tx.execute(statement)
                await tx.execute(_PUT, {**values, "done": 1})
            return
        if row is None and await trace.seen(self._database):
            # It was there before we began, so it is not ours: nothing is noted that would make the next start take it
            # for ours.
            if strangers := made_by([statement]):
                raise BootError(not_ours(self._step, strangers[0]))
            await self._database.execute(statement)
            await self._database.execute(_PUT, {**values, "done": 1})
            return
        if row is None:
            await self._database.execute(_PUT, {**values, "done": 0})
        if row is None or not await trace.seen(self._database):
            await self._database.execute(statement)
        await self._database.execute(_DONE, {**self._key, "statement": number})

    async def end(self, tx: Transaction) -> None:
        """In the transaction of the ledger's row."""
        await tx.execute(_END, self._key)
