"""Statements on the driver's connection. They are prepared on the server, so values never become part of a text.

Texts come from the kit with ``%s`` for a parameter and ``%%`` for a percent sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from newel.contracts.database import Row, Value
from newel.sql.parameters import Prepared
from newel_mysql.codecs import repairs
from newel_mysql.faults import number_of

Arguments = tuple[Value, ...]
_PREPARED = re.compile(r"\s*(select|insert|update|delete|replace|with|values)\b", re.IGNORECASE)
_LONG = re.compile(r"\s*(create|alter|drop|rename|truncate|check|analyze|optimize)\b", re.IGNORECASE)
_PREPARE_AGAIN = {1243, 1615}  # the server forgot it, or the tables changed too much
_ONE_ROW = re.compile(r"(\s*insert\b.*\bvalues\s*)(\([^()'\"`]*\))\s*", re.IGNORECASE | re.DOTALL)
_AT_ONCE = (64, 8)
"""Rows of one INSERT. Few sizes, since each is a statement of its own to the server."""
_BATCH_ROWS = 1000
_BATCH_BYTES = 1 << 20  # a sixteenth of the smallest packet that a server takes by default


def plain(text: str) -> str:
    """Text of the kit as the server takes it, where nothing is to be filled in."""
    return text.replace("%%", "%")


def is_long(text: str) -> bool:
    """Whether a statement may take its time: it makes, changes or checks tables."""
    return _LONG.match(text) is not None


@frozen
class Answer:
    """What a statement answered. ``count``: rows matched, inserted or fetched."""

    count: int
    names: tuple[str, ...] = ()
    rows: Sequence[Sequence[Any]] = ()

    def all(self) -> list[Row]:
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def first(self) -> Row | None:
        return dict(zip(self.names, self.rows[0], strict=True)) if self.rows else None


class Statements:
    """The prepared statements of one connection, at most ``kept``. ``unlimited`` precedes a text that may take long."""

    def __init__(self, raw: Any, kept: int, unlimited: str) -> None:
        self._raw = raw
        self._kept = kept
        self._unlimited = unlimited
        self._known: dict[str, Any] = {}

    async def run(self, statement: Prepared, arguments: Arguments) -> Answer:
        if not arguments and not _PREPARED.match(statement.sql):
            text = plain(statement.sql)
            return await self.command(self._unlimited + text if is_long(text) else text)
        return _answer(await self._executed(statement.sql, arguments))

    async def command(self, text: str) -> Answer:
        """Text without values; several statements may stand in it. The first one's answer."""
        cursor = self._raw.cursor()
        await cursor.execute(text)
        names = tuple(column[0] for column in cursor.description or ())
        answer = Answer(cursor.rowcount, names, await cursor.fetchall() if names else ())
        while await cursor.nextset():
            pass
        return answer

    async def run_many(self, statement: Prepared, rows: Sequence[Arguments]) -> int:
        """All rows, in few round trips. That it is all or none is up to the caller's transaction."""
        total = 0
        for batch in _batches(rows):
            total += await self._batch(statement.sql, batch)
        return total

    async def _batch(self, sql: str, rows: Sequence[Arguments]) -> int:
        prepared = await self._prepared(sql)
        if getattr(self._raw, "_bulk_supported", False):  # MariaDB; the driver keeps to itself what it found out
            try:
                return int((await prepared.execute_bulk(rows)).affected_rows)
            except ValueError:
                pass  # a column with values of several types, or none: that protocol cannot say it
        if (insert := _ONE_ROW.fullmatch(sql)) is not None:
            return await self._inserted(insert, rows)
        total = 0
        for row in rows:
            total += int((await self._executed(sql, row)).affected_rows)
        return total

    async def _inserted(self, insert: re.Match[str], rows: Sequence[Arguments]) -> int:
        total = start = 0
        for size in (*_AT_ONCE, 1):
            sql = insert[1] + ", ".join([insert[2]] * size)
            while len(rows) - start >= size:
                values = tuple(value for row in rows[start : start + size] for value in row)
                total += int((await self._executed(sql, values)).affected_rows)
                start += size
        return total

    async def _executed(self, sql: str, arguments: Arguments) -> Any:
        try:
            return await (await self._prepared(sql)).execute(arguments)
        except Exception as error:
            if number_of(error) not in _PREPARE_AGAIN:
                raise
        self._known.pop(sql, None)
        return await (await self._prepared(sql)).execute(arguments)

    async def _prepared(self, sql: str) -> Any:
        found = self._known.get(sql)
        if found is not None:
            return found
        made = await self._raw.prepare("%".join(part.replace("%s", "?") for part in sql.split("%%")))
        if len(self._known) >= self._kept:
            await self._known.pop(next(iter(self._known))).close()
        self._known[sql] = made
        return made


def _batches(rows: Sequence[Arguments]) -> list[list[Arguments]]:
    batches: list[list[Arguments]] = []
    size = _BATCH_BYTES
    for row in rows:
        length = sum(len(value) for value in row if isinstance(value, str | bytes))
        if not batches or size + length > _BATCH_BYTES or len(batches[-1]) >= _BATCH_ROWS:
            batches.append([])
            size = 0
        batches[-1].append(row)
        size += length
    return batches


def _answer(result: Any) -> Answer:
    description = result.description
    if not description:
        return Answer(int(result.affected_rows))
    names = tuple([column[0] for column in description])
    rows = result.rows or ()
    if todo := repairs(description):
        rows = [list(row) for row in rows]
        for row in rows:
            for place, repair in todo:
                row[place] = repair(row[place])
    return Answer(len(rows), names, rows)
