"""Lists in pages: sort, keyset cursor, count. The number of statements does not depend on the size of the page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import orjson
from attrs import frozen
from sqlalchemy import and_, bindparam, false, func, literal_column, or_, select, true

from newel import Malformed
from newel.bounds import FromText
from newel.contracts.content import ListQuery, Stage
from newel.contracts.database import Database, Queries
from newel_content import tables
from newel_content.config import ContentConfig
from newel_content.model import Model
from newel_content.query.conditions import Conditions, bad

MAX_TEXTS = 512


@frozen
class Key:
    """One part of the order: a column, and whether it goes down. An empty value counts as the smallest."""

    name: str
    down: bool


@frozen
class Page:
    """The entries of a page in order, the cursor of the next one, and the count where it was asked for."""

    ids: Sequence[str]
    next: str | None
    total: int | None


class Lister:
    """Finds the entries of a page. Rendered texts are kept by their shape."""

    def __init__(self, db: Database, config: ContentConfig) -> None:
        self._db = db
        self._config = config
        self._texts: dict[tuple[Any, ...], str] = {}

    async def page(self, queries: Queries, model: Model, stage: Stage, locale: str, query: ListQuery) -> Page:
        keys = self._keys(model, stage, query.sort)
        mark = hashlib.sha256(
            orjson.dumps([model.id, stage, locale, query.sort, plain(query.filter)], option=orjson.OPT_SORT_KEYS)
        ).hexdigest()[:16]
        after = None if query.cursor is None else opened(query.cursor, mark, len(keys))
        values: dict[str, Any] = {"type": model.id, "locale": locale, "wanted": query.limit + 1}
        text, more = self._text("page", model, stage, query, keys, after)
        rows = await queries.fetch_all(text, values | more)
        shown = rows[: query.limit]
        following = None
        if len(rows) > query.limit:
            last = shown[-1]
            following = sealed([mark, *(last[f"k{index}"] for index in range(len(keys)))])
        total = None
        if query.count == "exact":
            text, more = self._text("count", model, stage, query, keys, None)
            row = await queries.fetch_one(text, values | more)
            total = 0 if row is None else int(row["n"])
        return Page([row["id"] for row in shown], following, total)

    def _keys(self, model: Model, stage: Stage, sort: Sequence[str]) -> list[Key]:
        names = sort or (("-published_at",) if stage == "published" else ("-updated_at",))
        keys = []
        known = self._columns(stage)[1]
        for name in names:
            key = Key(name.removeprefix("-"), name.startswith("-"))
            bound = model.fields.get(key.name)
            if key.name not in known and (bound is None or not bound.indexed or bound.kind.many):
                raise bad("/sort", "not_sortable", f"'{key.name}' cannot be sorted by: it is no indexed field")
            keys.append(key)
        return [*keys, Key("id", keys[-1].down)]

    def _columns(self, stage: Stage) -> tuple[Any, dict[str, Any]]:
        """The entry's column, and the built-in ones by name."""
        entries, published = tables.entries, tables.published
        shared = {"created_at": entries.c.created_at, "parent": entries.c.parent}
        if stage == "draft":
            own = {"id": entries.c.id, "updated_at": entries.c.updated_at, "position": entries.c.position}
            return entries.c.id, shared | own
        return published.c.entry, shared | {
            "id": published.c.entry, "published_at": published.c.published_at, "position": published.c.position,
            "first_published_at": published.c.first_published_at, "updated_at": published.c.published_at,
        }  # fmt: skip

    def _text(
        self, kind: Literal["page", "count"], model: Model, stage: Stage, query: ListQuery, keys: list[Key], after: Any
    ) -> tuple[str, dict[str, Any]]:
        entry, known = self._columns(stage)
        conditions = Conditions(model, stage, known, entry, self._config)
        where = [conditions.of(query.filter)]
        source, columns = self._source(model, stage, keys if kind == "page" else [], conditions)
        if after is not None:
            where.append(self._past(keys, columns, after, conditions))
        sorts = tuple(
            (key.name if key.name in known else f"i{model.fields[key.name].localized}", key.down) for key in keys
        )
        shape = (kind, stage, sorts, tuple(conditions.shape), after is not None)
        if shape not in self._texts:
            if len(self._texts) >= MAX_TEXTS:
                self._texts.clear()
            entries, published = tables.entries, tables.published
            if stage == "draft":
                where += [entries.c.type == bindparam("type"), entries.c.deleted_at.is_(None)]
                where.append(bindparam("locale") == bindparam("locale"))
            else:
                where += [published.c.type == bindparam("type"), published.c.locale == bindparam("locale")]
            if kind == "count":
                made = select(func.count().label("n")).select_from(source).where(and_(*where))
                made = made.where(bindparam("wanted") == bindparam("wanted"))
            else:
                picked = [column.label(f"k{index}") for index, column in enumerate(columns)]
                order = [column.desc() if key.down else column.asc() for key, column in zip(keys, columns, strict=True)]
                made = select(entry.label("id"), *picked).select_from(source).where(and_(*where))
                made = made.order_by(*order).limit(bindparam("wanted"))
            self._texts[shape] = self._db.render(made)
        return self._texts[shape], conditions.values

    def _source(self, model: Model, stage: Stage, keys: list[Key], conditions: Conditions) -> tuple[Any, list[Any]]:
        entry, known = self._columns(stage)
        source: Any = tables.entries
        if stage == "published":
            source = tables.published.join(tables.entries, tables.entries.c.id == tables.published.c.entry)
        columns = []
        for number, key in enumerate(keys):
            if key.name in known:
                columns.append(known[key.name])
                continue
            bound = model.fields[key.name]
            index = tables.index.alias(f"s{number}")
            name = f"f{number}"
            conditions.values[name] = bound.number
            locale: Any = bindparam("locale")
            if stage == "draft" and not bound.localized:
                locale = literal_column("''")
            source = source.join(index, and_(
                index.c.entry == entry, index.c.field == bindparam(name), index.c.ordinal == 0,
                index.c.stage == literal_column(f"'{stage}'"), index.c.locale == locale,
            ))  # fmt: skip
            columns.append(index.c.sort_key)
        return source, columns

    def _past(self, keys: list[Key], columns: list[Any], after: list[Any], conditions: Conditions) -> Any:
        """Whatever comes after the last row that was shown."""
        choices = []
        same: list[Any] = []
        for number, (key, column, value) in enumerate(zip(keys, columns, after, strict=True)):
            name = f"c{number}"
            conditions.shape.append(f"c{value is None}")
            if value is not None:
                conditions.values[name] = value
            given: Any = bindparam(name)
            if value is None:
                further: Any = false() if key.down else column.is_not(None)
                equal: Any = column.is_(None)
            else:
                further = or_(column < given, column.is_(None)) if key.down else column > given
                equal = column == given
            choices.append(and_(true(), *same, further))
            same.append(equal)
        return or_(*choices)


def plain(value: Any) -> Any:
    """A filter as JSON-like data, for comparing."""
    if isinstance(value, FromText):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def sealed(parts: list[Any]) -> str:
    """A cursor. It names the list it belongs to; a forged one can only point at rows that its list shows anyway."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def opened(cursor: str, mark: str, count: int) -> list[Any]:
    """The values of a cursor. Raises ``Malformed`` for one that is broken or of another list."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        parts = None
    if not isinstance(parts, list) or len(parts) != count + 1 or parts[0] != mark:
        raise Malformed("the cursor does not belong to this list: filter and sort must stay the same")
    if not all(part is None or isinstance(part, str) for part in parts):
        raise Malformed("the cursor is broken")
    return parts[1:]
