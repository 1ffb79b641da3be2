"""A site from one database to another: all rows in one snapshot, then every table read back and compared."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Self

import orjson
from attrs import frozen

from newel.contracts.database import Database, Queries, Row, TableShape, Transaction, Value
from newel.errors import Conflict, NewelError
from newel_db.texts import Texts

BATCH_ROWS = 1000
BATCH_BYTES = 4_000_000
Tell = Callable[[str, int], None]
"""Told the table and how many rows of it have just gone over."""


@frozen
class Copied:
    """One table that went over and was read back alike."""

    table: str
    rows: int
    digest: str


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


class Digest:
    """A digest of rows that does not depend on their order: the sum of the rows' own."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: Row, columns: Sequence[str]) -> int:
        """Answers how many bytes the row has, about."""
        values = [row[name] for name in columns]
        if not _SAME_EVERYWHERE.issuperset(map(type, values)):
            values = [_plain(value) for value in values]
        try:
            text = orjson.dumps(values)
        except TypeError:  # halves of characters, or an integer beyond 64 bits
            text = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        self._sum += int.from_bytes(hashlib.sha256(text).digest(), "big")
        self.rows += 1
        return len(text)

    @property
    def text(self) -> str:
        return f"{self._sum % (1 << 256):064x}"


_SAME_EVERYWHERE = frozenset((str, int, type(None)))


def _plain(value: Value) -> Value:
    if isinstance(value, bytes):
        return f"\0{value.hex()}"
    # An engine may answer 1.0 where another answers 1.
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


class _Ahead:
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


class Copying:
    """One copy. ``shapes`` are the tables to take, in an order in which none points at a later one."""

    def __init__(self, source: Database, target: Database, shapes: Sequence[TableShape], tell: Tell) -> None:
        self._source = source
        self._target = target
        self._shapes = shapes
        self._tell = tell

    async def run(self) -> list[Copied]:
        """Copies, then verifies. Raises ``Conflict`` where a table does not come back as it went."""
        async with self._source.transaction(read_only=True) as snapshot:
            digests = [await self._table(snapshot, shape) for shape in self._shapes]
        await self._target.recount()
        return [await self._verified(shape, went) for shape, went in zip(self._shapes, digests, strict=True)]

    async def _table(self, snapshot: Transaction, shape: TableShape) -> Digest:
        reading, writing = Texts(self._source, shape), Texts(self._target, shape)
        own = [name for name, target in shape.points_at.items() if target == shape.name]
        digest = Digest()
        rows: list[Mapping[str, Value]] = []
        later: list[Mapping[str, Value]] = []
        size = 0
        async with _Ahead() as writes:
            async for row in snapshot.iterate(reading.all):
                size += digest.add(row, shape.columns)
                if any(row[name] is not None for name in own):
                    later.append(
                        {f"key_{name}": row[name] for name in shape.key} | {f"new_{name}": row[name] for name in own}
                    )
                rows.append({**row, **dict.fromkeys(own)} if own else row)
                if len(rows) >= BATCH_ROWS or size >= BATCH_BYTES:
                    await writes.start(self._write(shape, writing.insert, rows))
                    rows, size = [], 0
            await writes.start(self._write(shape, writing.insert, rows))
        if later:  # rows that point at rows of their own table, now that all are there
            point = writing.point(own)
            for start in range(0, len(later), BATCH_ROWS):
                await self._target.execute_many(point, later[start : start + BATCH_ROWS])
        return digest

    async def _write(self, shape: TableShape, text: str, rows: Sequence[Mapping[str, Value]]) -> None:
        try:
            await self._target.execute_many(text, rows)
        except NewelError:
            raise
        except Exception as error:
            first, last = ({name: row[name] for name in shape.key} for row in (rows[0], rows[-1]))
            raise Conflict(
                f"the rows {first} to {last} of {shape.name} do not go into {self._target.server}: {error}",
                code="row_refused",
            ) from error
        if rows:
            self._tell(shape.name, len(rows))

    async def _verified(self, shape: TableShape, went: Digest) -> Copied:
        came = Digest()
        async for row in self._target.iterate(Texts(self._target, shape).all):
            came.add(row, shape.columns)
        if (came.rows, came.text) != (went.rows, went.text):
            what = f"{came.rows} of {went.rows} rows" if came.rows != went.rows else "rows that differ"
            raise Conflict(f"{shape.name} did not come over as it was: {what}", code="copy_differs")
        return Copied(shape.name, went.rows, went.text)


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
