"""Tables as wholes: in which order rows go in, and how they get there and away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Self

from newel.contracts.database import Database, Queries, Row, TableShape, Value
from newel.errors import Conflict, NewelError
from newel.sql.statements import Texts

BATCH_ROWS = 1000
BATCH_BYTES = 4_000_000


def in_order(shapes: Iterable[TableShape]) -> list[TableShape]:
    """A table after those it points at. Raises ``Conflict`` where tables point at each other in a circle."""
    waiting = {one.name: one for one in shapes}
    done: list[TableShape] = []
    while waiting:
        names = set(waiting)
        free = [one for one in waiting.values() if not (set(one.points_at.values()) & names) - {one.name}]
        if not free:
            raise Conflict(f"these tables point at each other in a circle: {', '.join(sorted(waiting))}")
        done += sorted(free, key=lambda shape: shape.name)
        waiting = {name: one for name, one in waiting.items() if one not in free}
    return done


def pointing(shape: TableShape) -> list[str]:
    """The columns that point at rows of the same table: they are filled when all rows are there (``pointer``)."""
    return [name for name, target in shape.points_at.items() if target == shape.name]


def pointer(row: Row, shape: TableShape, own: Sequence[str]) -> dict[str, Value]:
    """Values for ``Texts.point``."""
    return {f"key_{name}": row[name] for name in shape.key} | {f"new_{name}": row[name] for name in own}


async def written(target: Database, shape: TableShape, texts: Texts, rows: Sequence[Mapping[str, Value]]) -> None:
    """Inserts rows. Raises ``Conflict`` (``row_refused``) that names them where the engine does not take one."""
    try:
        await target.execute_many(texts.insert, rows)
    except NewelError:
        raise
    except Exception as error:
        first, last = ({name: row[name] for name in shape.key} for row in (rows[0], rows[-1]))
        raise Conflict(
            f"the rows {first} to {last} of {shape.name} do not go into {target.server}: {error}",
            code="row_refused",
        ) from error


class Ahead:
    """Work that goes on while the next is being prepared: one at a time, so that memory stays bounded.

    What it raises is raised at the next ``start``, or at the end of the block.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def start(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await self._ended()
        except BaseException:
            work.close()
            raise
        self._task = asyncio.create_task(work)

    async def _ended(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            try:
                await task
            finally:
                task.cancel()  # of no effect unless we were cancelled ourselves

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            return
        await self._ended()


async def counted(queries: Queries, database: Database, shapes: Iterable[TableShape]) -> dict[str, int]:
    """Rows by table."""
    found = {}
    for shape in shapes:
        row = await queries.fetch_one(Texts(database, shape).count)
        found[shape.name] = 0 if row is None else int(row["c"])
    return found


async def emptied(target: Database, shapes: Sequence[TableShape]) -> None:
    """Deletes all rows, of tables that point at others first."""
    async with target.transaction() as tx:
        for shape in reversed(shapes):
            texts = Texts(target, shape)
            own = [name for name, pointed in shape.points_at.items() if pointed == shape.name]
            if own:
                await tx.execute(texts.unpoint(own))
            await tx.execute(texts.delete)
