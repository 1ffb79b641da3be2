"""The database as it was before a test. Statements of tests are in transactions of many connections, which no savepoint
encloses; so the rows themselves are kept, in tables beside."""

from __future__ import annotations

from newel.contracts.database import Database

KEPT = "kept__"
_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


class Baseline:
    """Of a database in memory (SQLite) that nobody else uses."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._tables: list[str] = []

    async def take(self) -> None:
        """What there is now is what ``restore`` brings back."""
        names = [one for one in await self._names() if not one.startswith(KEPT)]
        for name in names:
            await self._db.execute(f'CREATE TABLE "{KEPT}{name}" AS SELECT * FROM "{name}"')  # noqa: S608 - their own names
        self._tables = names

    async def restore(self) -> None:
        """Tables that were made since are dropped."""
        fresh = [one for one in await self._names() if not one.startswith(KEPT) and one not in self._tables]
        async with self._db.transaction() as tx:
            await tx.execute("PRAGMA defer_foreign_keys = ON")
            for name in self._tables:
                await tx.execute(f'DELETE FROM "{name}"')  # noqa: S608 - their own names
            for name in self._tables:  # after all deletes, since some take rows of other tables along
                await tx.execute(f'INSERT INTO "{name}" SELECT * FROM "{KEPT}{name}"')  # noqa: S608 - their own names
            for name in fresh:
                await tx.execute(f'DROP TABLE "{name}"')

    async def _names(self) -> list[str]:
        return [str(row["name"]) for row in await self._db.fetch_all(_TABLES)]
