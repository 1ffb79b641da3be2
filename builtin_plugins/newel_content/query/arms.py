"""One locale's part of a list's statement: source, conditions, place of the cursor, order."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy import tuple_ as row_of

from newel.contracts.database import Dialect
from newel_content import tables
from newel_content.query.clauses import Clause, Clauses, Row
from newel_content.query.leads import in_side, lead
from newel_content.query.plans import FEW, Plan
from newel_content.query.sides import Side
from newel_content.query.sorting import FIELD

AFTER = "after"


class Arm:
    """The entries that answer in one locale of the chain: published there, and in none before it."""

    def __init__(self, plan: Plan, side: Side, dialect: Dialect, number: int) -> None:
        self._plan = plan
        self._side = side
        self._dialect = dialect
        locales: tuple[Any, ...] = tuple(bindparam(f"l{arm}") for arm in range(plan.arms))
        self._locale = locales[number]
        self._earlier = locales[:number]
        self._clauses = Clauses(side, locales)
        self._source: Any = None
        self._row: Row
        self._where: list[Clause] = []
        self._columns: list[ColumnElement[Any]] = []
        self._before: list[Any] = []
        self._siblings = False

    def select(self) -> Any:
        """The page's ``entry``, (with several arms) ``locale`` and keys ``k0``, ``k1``, ..., in order."""
        self._begin()
        for number in range(len(self._columns), len(self._plan.keys)):
            self._columns.append(self._joined(number))
        self._conditions()
        self._where += self._past()
        columns = [self._row.entry.label("entry")]
        if self._plan.arms > 1:
            columns.append(cast(self._locale, String(35)).label("locale"))
        columns += [column.label(f"k{number}") for number, column in enumerate(self._columns)]
        order = [*self._before, *(self._ordered(number) for number in range(len(self._columns)))]
        if self._plan.keys[-1][0] != "id" and not self._siblings:
            order.append(self._filled(self._row.entry, self._plan.keys[-1][1]))
        made = select(*columns).select_from(self._source).where(*self._where)
        return made.order_by(*order).limit(bindparam("wanted"))

    def count(self) -> Any:
        """How many entries there are: ``n``."""
        self._begin()
        self._conditions()
        return select(func.count().label("n")).select_from(self._source).where(*self._where)

    # -- where rows come from ---------------------------------------------------------------------------------------

    def _begin(self) -> None:
        source = self._plan.keys[0][0]
        if self._plan.driver is not None:
            self._driven(self._plan.driver)
        elif source.startswith(FIELD):
            self._along_field(source)
        elif self._side.columns[source][0] == "published":
            self._along_published(self._side.columns[source][1])
        else:
            self._along_entries(self._side.columns[source][1])

    def _driven(self, driver: Any) -> None:
        found = lead(self._clauses, driver, self._locale)
        if self._plan.distinct:
            found = found.distinct()
        if self._plan.mode == "gather":
            # They have been counted in the same snapshot: the limit cuts nothing off. It tells the planner that they
            # are few, so that it begins with them and not with a walk through all that is published.
            found = found.limit(FEW + 1)
        self._source = found.subquery("found")
        self._row = Row(self._source.c.entry, self._locale)

    def _along_field(self, source: str) -> None:
        index = self._clauses.alias(tables.index)
        self._source = index
        self._row = Row(index.c.entry, self._locale)
        self._where += [index.c.type == bindparam("type"), *self._rows_of_key(index, source, 0)]
        self._columns.append(index.c.sort_key)
        for test in self._plan.own:
            self._where.append(self._clauses.test(test, index.c.sort_key, index.c.text_value))

    def _along_published(self, name: str) -> None:
        published = self._clauses.alias(tables.published)
        self._source = published
        self._row = Row(published.c.entry, self._locale, published=published)
        self._where += [published.c.type == bindparam("type"), published.c.locale == self._locale]
        self._columns.append(published.c[name])

    def _along_entries(self, name: str) -> None:
        entries = self._clauses.alias(tables.entries)
        self._source = entries
        self._row = Row(entries.c.id, self._locale, entries=entries)
        self._where += [entries.c.type == bindparam("type"), in_side(self._side, entries)]
        if name == "position" and not self._plan.routable:
            # All are siblings, so the index of siblings is the order. (Pages stand among those of their parent.)
            self._where.append(entries.c.parent_key == bindparam("siblings"))
            self._siblings = True  # no two have one position, so their ids are no part of the order (nor of the index)
        if self._side.name == "published":
            self._where.append(self._published_in(self._locale))
        if self._dialect == "postgresql" and self._side.name != "trash" and name != "position":
            # All are NULL, and the index has it before the key: to this engine that is no order unless it is told.
            self._before = [self._filled(entries.c.deleted_at, self._plan.keys[0][1])]
        self._columns.append(entries.c[name])

    def _rows_of_key(self, index: Any, source: str, number: int) -> list[Clause]:
        return self._clauses.rows_of(index, source.endswith("localized"), self._locale, bindparam(f"s{number}"))

    def _joined(self, number: int) -> ColumnElement[Any]:
        """The column of a key, from a row that is joined by its primary key."""
        source = self._plan.keys[number][0]
        if source == "id":
            return self._row.entry
        if source.startswith(FIELD):
            index = self._clauses.alias(tables.index)
            here = [index.c.entry == self._row.entry, *self._rows_of_key(index, source, number)]
            self._source = self._source.outerjoin(index, and_(*here))
            return index.c.sort_key
        place, name = self._side.columns[source]
        known = self._row.published if place == "published" else self._row.entries
        if known is None:
            known = self._clauses.alias(tables.published if place == "published" else tables.entries)
            self._source = self._source.join(known, and_(*self._clauses.same(known, self._row)))
            self._row = evolve(self._row, published=known) if place == "published" else evolve(self._row, entries=known)
        return known.c[name]

    # -- which of them ----------------------------------------------------------------------------------------------

    def _conditions(self) -> None:
        self._where += [self._clauses.node(shape, self._row) for shape in self._plan.rest]
        self._where += [not_(self._published_in(locale)) for locale in self._earlier]

    def _published_in(self, locale: Any) -> Clause:
        other = self._clauses.alias(tables.published)
        here = (other.c.entry == self._row.entry, other.c.locale == locale)
        return exists(select(literal_column("1")).select_from(other).where(*here))

    def _ordered(self, number: int) -> Any:
        source, down = self._plan.keys[number]
        column = self._columns[number]
        if self._dialect == "postgresql" and source.startswith(FIELD):
            return column.desc().nulls_last() if down else column.asc().nulls_first()
        return self._filled(column, down)

    def _filled(self, column: Any, down: bool) -> Any:
        """The order by a column that is empty nowhere or everywhere, in the words that an index is found by."""
        made = column.desc() if down else column.asc()
        if self._dialect == "postgresql":
            return made.nulls_first() if down else made.nulls_last()
        return made

    # -- what comes after the cursor --------------------------------------------------------------------------------

    def _past(self) -> list[Clause]:
        first = self._columns[0]
        match self._plan.part:
            case "first":
                return []
            case "empty":
                return [first.is_(None)]
            case "filled":
                return [first.is_not(None)]
            case "empty_after":
                return [first.is_(None), self._later(1)]
            case "after":
                return self._after_value()

    def _after_value(self) -> list[Clause]:
        """A range that an index can seek to: rows before it are not even read."""
        (source, down), first = self._plan.keys[0], self._columns[0]
        given: Any = bindparam("c0")
        if source == "id":
            return [self._later(0)]
        if len(self._plan.keys) == 1 and self._dialect != "mysql":
            rows, place = row_of(first, self._row.entry), row_of(given, bindparam(AFTER))
            return [rows < place if down else rows > place]
        further = first < given if down else first > given
        return [first <= given if down else first >= given, or_(further, and_(first == given, self._later(1)))]

    def _later(self, number: int) -> Clause:
        """Strictly after the cursor in the keys from this one on, and then by id."""
        if number == len(self._plan.keys) or self._plan.keys[number][0] == "id":
            down = self._plan.keys[min(number, len(self._plan.keys) - 1)][1]
            after: Any = bindparam(AFTER)
            last: Clause = self._row.entry < after if down else self._row.entry > after
            return last
        (source, down), column = self._plan.keys[number], self._columns[number]
        if self._plan.after[number]:
            further: Clause = false() if down else column.is_not(None)
            return or_(further, and_(column.is_(None), self._later(number + 1)))
        given: Any = bindparam(f"c{number}")
        further = column < given if down else column > given
        if down and source.startswith(FIELD):
            further = or_(further, column.is_(None))
        return or_(further, and_(column == given, self._later(number + 1)))
