"""A site from one database to another: all rows in one snapshot, then every table read back and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

import orjson
from attrs import frozen

from newel.contracts.database import Database, Row, TableShape, Transaction, Value
from newel.errors import Conflict
from newel.sql.statements import Texts
from newel.sql.tables import BATCH_BYTES, BATCH_ROWS, Ahead, pointer, pointing, written

Tell = Callable[[str, int], None]
"""Told the table and how many rows of it have just gone over."""


@frozen
class Copied:
    """One table that went over and was read back alike."""

    table: str
    rows: int
    digest: str


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
        own = pointing(shape)
        digest = Digest()
        rows: list[Mapping[str, Value]] = []
        later: list[Mapping[str, Value]] = []
        size = 0
        async with Ahead() as writes:
            async for row in snapshot.iterate(reading.all):
                size += digest.add(row, shape.columns)
                if any(row[name] is not None for name in own):
                    later.append(pointer(row, shape, own))
                rows.append({**row, **dict.fromkeys(own)} if own else row)
                if len(rows) >= BATCH_ROWS or size >= BATCH_BYTES:
                    await writes.start(self._write(shape, writing, rows))
                    rows, size = [], 0
            await writes.start(self._write(shape, writing, rows))
        if later:  # rows that point at rows of their own table, now that all are there
            point = writing.point(own)
            for start in range(0, len(later), BATCH_ROWS):
                await self._target.execute_many(point, later[start : start + BATCH_ROWS])
        return digest

    async def _write(self, shape: TableShape, writing: Texts, rows: Sequence[Mapping[str, Value]]) -> None:
        await written(self._target, shape, writing, rows)
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
