"""What stays over a restore: rows of the present site that go into the new database as they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from newel.contracts.database import Database, TableShape
from newel.errors import Conflict
from newel.sql.copying import Copied, Copying, Digest
from newel.sql.statements import Texts
from newel.sql.tables import emptied, in_order
from newel_backup.known import RESTORED, Known
from newel_backup.restoring.fence import FENCE
from newel_backup.restoring.loading import Told
from newel_backup.taking.parts import LEDGER, Parts

NOTES = "backup_notes"
_OF_THE_DATABASE = frozenset((FENCE, RESTORED))


class Carrying:
    """Carries parts from the present database into a new one, which has all tables already."""

    def __init__(self, known: Parts, present: Database, new: Database, parts: Collection[str], told: Told) -> None:
        self._known = known
        self._present = present
        self._new = new
        self._parts = parts
        self._told = told
        self._shapes: Sequence[TableShape] = ()
        self._carried: Sequence[Copied] = ()

    async def run(self) -> dict[str, int]:
        """Replaces the parts' rows in the new database; answers them by table. May be called again.

        Raises ``Conflict`` where a table is another one there: the present site has not been brought up to date.
        """
        there = {shape.name: shape for shape in await self._new.tables()}
        mine = [one for one in await self._present.tables() if self._carries(one.name)]
        for shape in mine:
            other = there.get(shape.name)
            if other is None or set(other.columns) != set(shape.columns):
                raise Conflict(
                    f"the present site's table {shape.name} is not that of this version, so it cannot be carried over: "
                    "newel migrate up, then restore",
                    code="present_differs",
                )
        self._shapes = in_order(mine)
        await emptied(self._new, self._shapes)
        done = 0

        def tell(_: str, rows: int) -> None:
            nonlocal done
            done += rows
            self._told("carrying over", done, 0)

        self._carried = await Copying(self._present, self._new, self._shapes, tell).run()
        await self._notes()
        return {one.table: one.rows for one in self._carried}

    def _carries(self, table: str) -> bool:
        return table not in (LEDGER, NOTES) and self._known.of_table(table).name in self._parts

    async def changed(self) -> bool:
        """Whether something of it was written in the present database meanwhile."""
        async with self._present.transaction(read_only=True) as now:
            for shape, carried in zip(self._shapes, self._carried, strict=True):
                digest = Digest()
                async for row in now.iterate(Texts(self._present, shape).all):
                    digest.add(row, shape.columns)
                if (digest.rows, digest.text) != (carried.rows, carried.digest):
                    return True
        return False

    async def _notes(self) -> None:
        """What is about this machine stays, but for what is about the database itself."""
        here, there = Known(self._present), Known(self._new)
        kept = {name: value for name, value in (await here.notes()).items() if name not in _OF_THE_DATABASE}
        for name in (await there.notes()).keys() - kept.keys():
            await there.remove(name)
        for name, value in kept.items():
            await there.put(name, value)
