"""Whole statements: a page with its documents, a count, snapshots by id, by slug, by path, by parent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, union_all

from newel.contracts.database import Dialect
from newel_content import tables
from newel_content.query.arms import Arm
from newel_content.query.plans import Plan
from newel_content.query.sides import Side

SEEN = ("entry", "locale", "type", "number", "position", "published_at", "first_published_at")


def page(plan: Plan, side: Side, dialect: Dialect) -> Any:
    """The entries of a page with their documents, in no order; ``k0``, ``k1``, ... are their sort keys."""
    arms: list[Any] = [Arm(plan, side, dialect, number).select() for number in range(plan.arms)]
    if len(arms) > 1:
        # Each in a subquery of its own, since its order and limit are its own.
        arms = [union_all(*[select(arm.subquery()) for arm in arms])]
    found = arms[0].subquery("page")
    keys = [found.c[f"k{number}"] for number in range(len(plan.keys))]
    if side.name != "published":
        entries = tables.entries
        return select(*keys, entries).select_from(found.join(entries, entries.c.id == found.c.entry))
    published = tables.published
    locale = bindparam("l0") if plan.arms == 1 else found.c.locale
    joined = found.join(published, and_(published.c.entry == found.c.entry, published.c.locale == locale))
    return _with_documents(joined, keys, plan.routable)


def total(plan: Plan, side: Side, dialect: Dialect) -> Any:
    """How many entries there are: ``n``."""
    arms: list[Any] = [Arm(plan, side, dialect, number).count() for number in range(plan.arms)]
    if len(arms) == 1:
        return arms[0]
    found = union_all(*arms).subquery()
    return select(func.sum(found.c.n).label("n"))


def _with_documents(joined: Any, more: Sequence[Any], routable: bool) -> Any:
    """Rows of ``published`` that are there already, with what readers see of them."""
    published, versions, entries, routes = tables.published, tables.versions, tables.entries, tables.routes
    columns = [*more, *(published.c[name] for name in SEEN), entries.c.parent, entries.c.space, entries.c.created_at]
    joined = joined.join(versions, versions.c.id == published.c.version)
    joined = joined.join(entries, entries.c.id == published.c.entry)
    if routable:
        here = and_(
            routes.c.entry == published.c.entry, routes.c.locale == published.c.locale, routes.c.target.is_(None)
        )
        joined = joined.outerjoin(routes, here)
        columns.append(routes.c.path)
    return select(*columns, versions.c.document).select_from(joined)


def by_id(items: Sequence[Any], locales: Sequence[Any]) -> Any:
    """Snapshots of entries, in all of these locales."""
    published = tables.published
    return _with_documents(published, (), True).where(published.c.entry.in_(items), published.c.locale.in_(locales))


def children(items: Sequence[Any], locales: Sequence[Any]) -> Any:
    """Snapshots of the entries below these, in order."""
    published, entries = tables.published, tables.entries
    made = _with_documents(published, (), True).where(entries.c.parent.in_(items), published.c.locale.in_(locales))
    return made.order_by(published.c.position, published.c.entry).limit(bindparam("wanted"))


def of_types(items: Sequence[Any], locales: Sequence[Any]) -> Any:
    """Snapshots of all entries of some types: for types with a single one."""
    published = tables.published
    return _with_documents(published, (), False).where(published.c.type.in_(items), published.c.locale.in_(locales))


def by_slug(items: Sequence[Any], locales: Sequence[Any]) -> Any:
    """Snapshots of the entry with a slug (there may be several among pages: each parent has its own)."""
    index, published = tables.index, tables.published
    named = select(index.c.entry).where(
        index.c.type == bindparam("type"), index.c.field == bindparam("field"), index.c.stage == "published",
        index.c.locale.in_(locales), index.c.sort_key == bindparam("key"), index.c.text_value.in_(items),
    )  # fmt: skip
    made = _with_documents(published, (), True)
    return made.where(published.c.entry.in_(named), published.c.locale.in_(locales))


def at_path(items: Sequence[Any], locales: Sequence[Any]) -> Any:
    """What stands at a path, by the paths' digests."""
    routes, entries = tables.routes, tables.entries
    columns = [routes.c[name] for name in ("locale", "path", "entry", "target", "status")]
    joined = routes.outerjoin(entries, entries.c.id == routes.c.entry)
    return (
        select(*columns, entries.c.type)
        .select_from(joined)
        .where(routes.c.space == bindparam("space"), routes.c.path_key.in_(items), routes.c.locale.in_(locales))
    )


def route_table(hidden: Sequence[Any], after: bool) -> Any:
    """The routes of a locale in order of path, without those of some types."""
    routes, entries = tables.routes, tables.entries
    joined = routes.outerjoin(entries, entries.c.id == routes.c.entry)
    columns = [routes.c[name] for name in ("path", "locale", "entry", "target", "status", "updated_at")]
    made = select(*columns, entries.c.type).select_from(joined)
    made = made.where(routes.c.space == bindparam("space"), routes.c.locale == bindparam("l0"))
    if after:
        made = made.where(routes.c.path > bindparam("after"))
    if hidden:
        made = made.where(or_(entries.c.type.is_(None), entries.c.type.not_in(hidden)))
    return made.order_by(routes.c.path).limit(bindparam("wanted"))
