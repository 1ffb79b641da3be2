"""Statements with a list of values: one prepared text per list length, and few lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam

from newel.contracts.database import Database, Queries, Row, Value

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import BindParameter
    from sqlalchemy.sql.expression import ClauseElement

SIZES = (1, 4, 16, 64, 256)


class Bucketed:
    """``make(parameters)`` writes the statement for ``column.in_(parameters)``. Shorter lists repeat their last value.

    A list beyond the largest size takes several statements; ``order by`` then holds inside each only. The text for one
    value is made at start; longer ones when they are first asked for, a few milliseconds once, since most never are.
    """

    def __init__(
        self, db: Database, make: Callable[[list[BindParameter[Any]]], ClauseElement], prefix: str = "item"
    ) -> None:
        self._db = db
        self._make = make
        self._prefix = prefix
        self._texts: dict[int, str] = {}
        self._text(SIZES[0])

    def _text(self, size: int) -> str:
        if size not in self._texts:
            items: list[BindParameter[Any]] = [bindparam(f"{self._prefix}_{index}") for index in range(size)]
            self._texts[size] = self._db.render(self._make(items))
        return self._texts[size]

    def parts(
        self, values: Sequence[Value], more: Mapping[str, Value] | None = None
    ) -> Iterator[tuple[str, dict[str, Value]]]:
        """The statements for these values, each with its parameters (``more`` among them)."""
        for start in range(0, len(values), SIZES[-1]):
            part = values[start : start + SIZES[-1]]
            size = next(size for size in SIZES if size >= len(part))
            padded = [*part, *[part[-1]] * (size - len(part))]
            yield (
                self._text(size),
                {f"{self._prefix}_{index}": one for index, one in enumerate(padded)} | dict(more or {}),
            )

    async def fetch_all(
        self, queries: Queries, values: Sequence[Value], more: Mapping[str, Value] | None = None
    ) -> list[Row]:
        found: list[Row] = []
        for text, parameters in self.parts(values, more):
            found += await queries.fetch_all(text, parameters)
        return found

    async def execute(self, queries: Queries, values: Sequence[Value], more: Mapping[str, Value] | None = None) -> int:
        total = 0
        for text, parameters in self.parts(values, more):
            total += await queries.execute(text, parameters)
        return total
