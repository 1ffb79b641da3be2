"""The ledger: one row for each step that has landed, written in the step's own transaction."""

from __future__ import annotations

from attrs import frozen

from newel.contracts.clock import Clock
from newel.contracts.database import Database, Row, Transaction, Value
from newel.errors import BootError, NewelError
from newel.structure import rfc3339
from newel_migrations.rendering import made_by
from newel_migrations.steps import Step

# Plain SQL that every engine takes as it is, so a start with nothing to do compiles nothing.
_CREATE = """
CREATE TABLE IF NOT EXISTS migrations_ledger (
    plugin VARCHAR(63) NOT NULL, number INTEGER NOT NULL, name VARCHAR(200) NOT NULL, checksum VARCHAR(64) NOT NULL,
    applied_at VARCHAR(32) NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (plugin, number)
)
"""
_ALL = "SELECT plugin, number, name, checksum, applied_at FROM migrations_ledger ORDER BY plugin, number"
_ONE = "SELECT name FROM migrations_ledger WHERE plugin = :plugin AND number = :number"
_ADD = """
INSERT INTO migrations_ledger (plugin, number, name, checksum, applied_at, ms)
VALUES (:plugin, :number, :name, :checksum, :applied_at, :ms)
"""


@frozen(kw_only=True)
class Landed:
    """A row of the ledger."""

    plugin: str
    number: int
    name: str
    checksum: str
    applied_at: str


class Ledger:
    """Reads and writes the ledger's table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self) -> dict[tuple[str, int], Landed]:
        """All that has landed. Makes the table on a new database. Raises ``BootError`` for what is not Newel's."""
        try:
            rows = await self._database.fetch_all(_ALL)
        except NewelError:  # busy or away: told as it is
            raise
        except Exception:  # noqa: BLE001 - engines differ in how they miss a table; a real fault shows in the next line
            # IF NOT EXISTS is not enough where two nodes make it in the same instant (PostgreSQL).
            async with self._database.lock("migrations-ledger"):
                await self._database.execute(_CREATE)
            rows = await self._ours()
        for row in rows:
            if strange := _strange(row):
                raise BootError(strange)
        landed = [Landed(**row) for row in rows]
        return {(one.plugin, one.number): one for one in landed}

    async def _ours(self) -> list[Row]:
        try:
            return await self._database.fetch_all(_ALL)
        except NewelError:
            raise
        except Exception as error:
            # Only the first line: the statement is no help to an operator.
            raise BootError(
                f"the database has a table migrations_ledger that is not Newel's: {str(error).partition(chr(10))[0]}. "
                "Give Newel a database of its own (database.url), or restore the backup."
            ) from error

    async def strangers(self, statements: list[str]) -> list[str]:
        """Tables that a step which has not landed would make, and that are there already."""
        there = {shape.name for shape in await self._database.tables()}
        return [name for name in made_by(statements) if name in there]

    async def has(self, tx: Transaction, step: Step) -> bool:
        """Whether the step has landed meanwhile, from another process."""
        return await tx.fetch_one(_ONE, {"plugin": step.plugin, "number": step.migration.number}) is not None

    async def add(self, tx: Transaction, step: Step, ms: int) -> None:
        values: dict[str, Value] = {
            "plugin": step.plugin,
            "number": step.migration.number,
            "name": step.migration.name,
            "checksum": step.checksum,
            "applied_at": rfc3339(self._clock.now()),
            "ms": ms,
        }
        await tx.execute(_ADD, values)


def _strange(row: Row) -> str | None:
    """What is said of a row that no version of Newel has written."""
    number = row["number"]
    if isinstance(number, int) and number > 0 and isinstance(row["applied_at"], str):
        return None
    return (
        f"the list of applied table changes (table migrations_ledger) has a row for plugin '{row['plugin']}' that no "
        f"version of Newel writes (number {number!r}, applied_at {row['applied_at']!r}): correct the row, or restore "
        "the backup"
    )
