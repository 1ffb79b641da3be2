"""Conditions that find entries by themselves, and how many those are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Alias, bindparam, func, select, union_all

from newel_content import tables
from newel_content.query.clauses import Clause, Clauses, Followed, Names
from newel_content.query.nodes import Shape, arity
from newel_content.query.plans import FEW, driving
from newel_content.query.sides import Side


def lead(clauses: Clauses, shape: Shape, locale: Any) -> Any:
    """A select of the entries (``entry``) that a condition finds in a locale. An entry may be there several times."""
    if shape[0] == "own":
        return _lead_own(clauses, shape, locale)
    if shape[0] == "cover":
        # Not UNION: that would read all of them before the first is known to be a new one.
        found = union_all(*[lead(clauses, one, locale) for one in shape[1]]).subquery()
        return select(found.c.entry)
    _, localized, tests = shape
    index = clauses.alias(tables.index)
    where = [index.c.type == bindparam("type"), *clauses.of_field(index, localized, locale)]
    for test in tests:
        if test[0] == "via":
            where.append(index.c.sort_key.in_(_targets(clauses, test[1])))
        else:
            where.append(clauses.test(test, index.c.sort_key, index.c.text_value))
    return select(index.c.entry.label("entry")).where(*where)


def _targets(clauses: Clauses, inner: Shape) -> Any:
    """The ids of the entries that a reference must lead to: by the condition on them that finds rows by itself."""
    parts = inner[1] if inner[0] == "all" else (inner,)
    fitness = {number: found for number, part in enumerate(parts) if (found := driving(part)) is not None}
    best = min(fitness, key=fitness.__getitem__, default=None)
    if best is None or parts[best][0] != "field":
        target, where, row = clauses.followed()
        return select(row.entry).select_from(target).where(*where, clauses.node(inner, row))
    type, first = clauses.names.one(), clauses.names.following
    offsets = [first + sum(arity(part) for part in parts[:number]) for number in range(len(parts))]
    index = clauses.alias(tables.index)
    _, localized, tests = parts[best]
    locale = index.c.locale if clauses.side.name == "published" else clauses.locales[0]
    row = Followed(index.c.entry, locale, type=type)
    with clauses.names.at(offsets[best]):
        where = [index.c.type == type, *clauses.of_field(index, localized, locale)]
        where += [clauses.test(test, index.c.sort_key, index.c.text_value) for test in tests]
    if clauses.side.name == "published":
        where[-len(tests) - 1] = clauses.in_chain(index.c.locale)
    for number, part in enumerate(parts):
        if number != best:
            with clauses.names.at(offsets[number]):
                where.append(clauses.node(part, row))
    clauses.names.following = first + arity(inner)
    return select(index.c.entry).where(*where)


def _lead_own(clauses: Clauses, shape: Shape, locale: Any) -> Any:
    _, column, test = shape
    entries = clauses.alias(tables.entries)
    key = entries.c.id if column == "id" else entries.c.parent
    found = select(entries.c.id.label("entry")).where(
        clauses.test(test, key, key), entries.c.type == bindparam("type"), in_side(clauses.side, entries)
    )
    if clauses.side.name != "published":
        return found
    published = clauses.alias(tables.published)
    return found.where(published.c.entry == entries.c.id, published.c.locale == locale)


def in_side(side: Side, entries: Alias) -> Clause:
    """Whether a row of ``entries`` can be on this side. (What is published, is not in the trash.)"""
    return entries.c.deleted_at.is_not(None) if side.name == "trash" else entries.c.deleted_at.is_(None)


def weights(shapes: Sequence[Shape], side: Side, arms: int) -> Any:
    """How many rows each condition finds, counted up to ``FEW`` and one more in each locale: ``w0``, ``w1``, ..."""
    locales: tuple[Any, ...] = tuple(bindparam(f"l{arm}") for arm in range(arms))
    columns, following = [], 0
    for number, shape in enumerate(shapes):
        found = []
        for locale in locales:
            clauses = Clauses(side, locales, Names(following))
            rows = lead(clauses, shape, locale).limit(FEW + 1).subquery()
            found.append(select(func.count()).select_from(rows).scalar_subquery())
        following = clauses.names.following
        columns.append(sum(found[1:], found[0]).label(f"w{number}"))
    return select(*columns)
