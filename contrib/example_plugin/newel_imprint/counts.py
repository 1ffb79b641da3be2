"""How much was published: kept after each publication, and told by an operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from attrs import frozen
from sqlalchemy import bindparam, insert, select, update

from newel import Call, Permission, operation
from newel.contracts.database import Database, UniqueViolation
from newel_imprint.tables import published

IMPRINT_READ = Permission("imprint.read", "See how much was published", ("viewer", "editor"))


@frozen(kw_only=True)
class Publications:
    """What was published since the plugin was installed."""

    total: Annotated[int, "Publications in all; one entry in two languages counts twice."]
    by_type: Annotated[Mapping[str, int], "Publications by content type."]


class Counts:
    """The store of counts, and the operation on it. ``open`` comes first."""

    def open(self, database: Database) -> None:
        """Renders the statements for the site's engine: once, since that is slow."""
        self._database = database
        here = published.c.type == bindparam("by_type")
        self._first = database.render(insert(published).values(type=bindparam("by_type"), times=1))
        self._one_more = database.render(update(published).where(here).values(times=published.c.times + 1))
        self._all = database.render(select(published).order_by(published.c.type))

    async def count(self, type: str) -> None:
        """Counts one publication, whoever else counts at the same time."""
        values = {"by_type": type}
        try:
            if await self._database.execute(self._one_more, values) == 0:
                await self._database.execute(self._first, values)
        except UniqueViolation:  # another process was first in between
            await self._database.execute(self._one_more, values)

    @operation("imprint.published", needs=IMPRINT_READ, http="GET /imprint/published")
    async def published(self, call: Call) -> Publications:
        """Counts what was published, by content type."""
        rows = await self._database.fetch_all(self._all)
        by_type = {str(row["type"]): int(row["times"]) for row in rows}
        return Publications(total=sum(by_type.values()), by_type=by_type)
