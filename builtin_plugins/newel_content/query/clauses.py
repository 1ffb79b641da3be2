"""Conditions as SQLAlchemy clauses. Everything that comes from a request is a bound parameter, fields' numbers too.

The plans that these clauses are meant for, on every engine: a condition on an entry that is at hand is looked up by the
primary key of ``content_index`` (for ``eq`` by its covering index); the type stands in a clause only where rows are to
be found through ``content_index_key``, so that no planner is tempted to walk a whole field.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any

from attrs import field, frozen
from sqlalchemy import Alias, ColumnElement, and_, bindparam, exists, literal, literal_column, not_, or_, select

from newel_content import tables
from newel_content.model import SHARED
from newel_content.query.nodes import Shape
from newel_content.query.sides import NULLABLE, Side

Clause = ColumnElement[bool]
Locale = ColumnElement[str]


class Names:
    """Hands out ``p0``, ``p1``, ... in the order in which conditions list their values."""

    def __init__(self, following: int = 0) -> None:
        self.following = following

    @contextmanager
    def at(self, number: int) -> Iterator[None]:
        """Takes values from there for a while."""
        back, self.following = self.following, number
        yield
        self.following = back

    def one(self) -> ColumnElement[Any]:
        self.following += 1
        return bindparam(f"p{self.following - 1}")

    def some(self, size: int) -> list[ColumnElement[Any]]:
        return [self.one() for _ in range(size)]


@lru_cache(1024)
def _alias(table: Any, name: str) -> Alias:
    """Shared by all statements: SQLAlchemy copies each column of the table for it."""
    made: Alias = table.alias(name)
    return made


@frozen
class Row:
    """The entry that conditions are about: its id, the locale it is read in, and which of its rows are at hand."""

    entry: ColumnElement[str]
    locale: Locale
    published: Alias | None = None
    entries: Alias | None = None


@frozen
class Clauses:
    """Writes the conditions of one statement. ``locales``: the locales of the chain, the asked one first."""

    side: Side
    locales: tuple[Locale, ...]
    names: Names = field(factory=Names)
    _aliases: Iterator[int] = field(factory=count, init=False)

    def alias(self, table: Any) -> Alias:
        """An alias whose name is a counter."""
        return _alias(table, f"t{next(self._aliases)}")

    def node(self, shape: Shape, row: Row) -> Clause:
        """Whether the condition holds for the entry. Never ``NULL``, so that it can be negated."""
        match shape:
            case ("all", inner):
                return and_(*(self.node(one, row) for one in inner))
            case ("any", inner):
                return or_(*(self.node(one, row) for one in inner))
            case ("not", inner):
                return not_(self.node(inner, row))
            case ("field", localized, tests):
                return self._field(localized, tests, row)
            case ("own", column, test):
                return self._own(column, test, row)
        raise ValueError(shape)

    def _field(self, localized: bool, tests: tuple[Shape, ...], row: Row) -> Clause:
        index = self.alias(tables.index)
        where = [index.c.entry == row.entry, *self.of_field(index, localized, row.locale)]
        where += [self.test(test, index.c.sort_key, index.c.text_value) for test in tests]
        if tests[0] == ("eq",):
            where.append(index.c.type == self._type(row))
        return exists(select(literal_column("1")).select_from(index).where(*where))

    def of_field(self, index: Alias, localized: bool, locale: Locale) -> list[Clause]:
        """The rows of the field whose number is the next value."""
        return self.rows_of(index, localized, locale, self.names.one())

    def rows_of(self, index: Alias, localized: bool, locale: Locale, number: ColumnElement[int]) -> list[Clause]:
        if self.side.name == "published":
            return [index.c.field == number, index.c.stage == "published", index.c.locale == locale]
        return [index.c.field == number, index.c.stage == "draft", index.c.locale == (locale if localized else SHARED)]

    def _type(self, row: Row) -> ColumnElement[str]:
        return row.type if isinstance(row, Followed) else bindparam("type")

    def _own(self, column: str, test: Shape, row: Row) -> Clause:
        place, name = self.side.columns[column]
        if column == "id":
            return self.test(test, row.entry, row.entry)
        at_hand = row.published if place == "published" else row.entries
        if at_hand is not None:
            clause = self.test(test, at_hand.c[name], at_hand.c[name])
            return clause if column not in NULLABLE or test == ("null",) else and_(at_hand.c[name].is_not(None), clause)
        table = self.alias(tables.published if place == "published" else tables.entries)
        where = self.same(table, row)
        return exists(
            select(literal_column("1")).select_from(table).where(*where, self.test(test, table.c[name], table.c[name]))
        )

    def same(self, table: Alias, row: Row) -> list[Clause]:
        """That a row of ``published`` or ``entries`` is this entry's."""
        if "entry" in table.c:
            return [table.c.entry == row.entry, table.c.locale == row.locale]
        return [table.c.id == row.entry]

    def test(self, shape: Shape, key: Any, text: Any) -> Clause:
        """One test on a row's key and text."""
        match shape:
            case ("eq",):
                return key == self.names.one()  # type: ignore[no-any-return]  # a column
            case ("same",):
                return and_(key == self.names.one(), text == self.names.one())
            case ("lt",):
                return key < self.names.one()  # type: ignore[no-any-return]  # a column
            case ("lte",):
                return key <= self.names.one()  # type: ignore[no-any-return]  # a column
            case ("gt",):
                return key > self.names.one()  # type: ignore[no-any-return]  # a column
            case ("gte",):
                return key >= self.names.one()  # type: ignore[no-any-return]  # a column
            case ("between",):
                return and_(key >= self.names.one(), key <= self.names.one())
            case ("in", size):
                return key.in_(self.names.some(size))  # type: ignore[no-any-return]  # a column
            case ("among", size):
                return and_(key.in_(self.names.some(size)), text.in_(self.names.some(size)))
            case ("null",):
                return key.is_(None)  # type: ignore[no-any-return]  # a column
            case ("present",):
                return key >= literal("")  # type: ignore[no-any-return]  # a column; an index can seek to it
            case ("filled",):
                return key > literal("")  # type: ignore[no-any-return]  # a column
            case ("icontains",):
                return key.like(self.names.one(), escape="!")  # type: ignore[no-any-return]  # a column
            case ("contains" | "ends",):
                return and_(key.like(self.names.one(), escape="!"), text.like(self.names.one(), escape="!"))
            case ("starts",):
                bounds = and_(key >= self.names.one(), key <= self.names.one())
                return and_(bounds, text.like(self.names.one(), escape="!"))
            case ("via", inner):
                return self._via(inner, key)
        raise ValueError(shape)

    def _via(self, inner: Shape, key: Any) -> Clause:
        """The reference in a row leads to an entry that fulfils the condition: published, or out of the trash."""
        target, where, row = self.followed()
        found = exists(
            select(literal_column("1")).select_from(target).where(row.entry == key, *where, self.node(inner, row))
        )
        return and_(key.is_not(None), found)

    def followed(self) -> tuple[Alias, list[Clause], Followed]:
        """A target of the type that is the next value: its table, that it can be seen, and the row."""
        type = self.names.one()
        if self.side.name == "published":
            target = self.alias(tables.published)
            row = Followed(target.c.entry, target.c.locale, target, type=type)
            return target, [target.c.type == type, self.in_chain(target.c.locale)], row
        target = self.alias(tables.entries)
        row = Followed(target.c.id, self.locales[0], None, target, type=type)
        return target, [target.c.type == type, target.c.deleted_at.is_(None)], row

    def in_chain(self, locale: Any) -> Clause:
        return locale == self.locales[0] if len(self.locales) == 1 else locale.in_(self.locales)  # type: ignore[no-any-return]  # a column


@frozen
class Followed(Row):
    """The entry that a reference leads to."""

    type: ColumnElement[str] = field(kw_only=True)
