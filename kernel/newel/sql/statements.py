"""The statements on one table, written for one engine. Names come from the engine's own catalogue, never from input."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from newel.contracts.database import Database, TableShape


class Texts:
    """Statements on a table of a database."""

    def __init__(self, database: Database, shape: TableShape) -> None:
        self._render = database.render
        self._shape = shape
        self._table = sa.table(shape.name, *(sa.column(name) for name in shape.columns))

    @cached_property
    def count(self) -> str:
        return self._render(sa.select(sa.func.count().label("c")).select_from(self._table))

    @cached_property
    def all(self) -> str:
        """All rows, in the order of the primary key where there is one."""
        return self._render(sa.select(self._table).order_by(*(self._table.c[name] for name in self._shape.key)))

    @cached_property
    def insert(self) -> str:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in self._shape.columns}
        return self._render(sa.insert(self._table).values(values))

    @cached_property
    def delete(self) -> str:
        return self._render(sa.delete(self._table))

    def point(self, columns: Sequence[str]) -> str:
        """Sets columns of one row, found by its key."""
        where = [self._table.c[name] == sa.bindparam(f"key_{name}") for name in self._shape.key]
        return self._render(
            sa.update(self._table).where(*where).values({name: sa.bindparam(f"new_{name}") for name in columns})
        )

    def unpoint(self, columns: Sequence[str]) -> str:
        """Clears columns of all rows."""
        return self._render(sa.update(self._table).values(dict.fromkeys(columns, sa.null())))
