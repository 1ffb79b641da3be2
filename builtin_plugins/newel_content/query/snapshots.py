"""Published snapshots: the statements that read single entries, and rows made into entries.

Every statement here joins ``content_published`` and ``content_versions``; none names the column that holds drafts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import orjson
from sqlalchemy import bindparam

from newel.contracts.content import Entry
from newel.contracts.database import Database, Queries, Row
from newel_content.documents.document import Flat
from newel_content.model import Catalogue, Model
from newel_content.query import statements
from newel_content.query.composing import Found
from newel_content.query.texts import Texts
from newel_content.service.showing import address_of

ITEMS = (1, 4, 16, 64, 256, 1024)
LOCALES = (1, 2, 4, 16, 64, 256, 1024)
Make = Callable[[Sequence[Any], Sequence[Any]], Any]


class Snapshots:
    """Reads snapshots in the locales of a chain."""

    def __init__(self, db: Database) -> None:
        self._texts = Texts(db)

    async def rows(
        self, queries: Queries, make: Make, items: Sequence[str], chain: Sequence[str], **more: Any
    ) -> list[Row]:
        """The rows of a statement with a list of items: one statement per 1,024 of them."""
        found: list[Row] = []
        codes = _filled(chain, LOCALES)
        named = {f"l{number}": code for number, code in enumerate(codes)} | more
        for start in range(0, len(items), ITEMS[-1]):
            part = _filled(items[start : start + ITEMS[-1]], ITEMS)
            shape = (make.__name__, len(part), len(codes))
            made = partial(make, _parameters("i", len(part)), _parameters("l", len(codes)))
            values = named | {f"i{number}": item for number, item in enumerate(part)}
            found += await queries.fetch_all(*self._texts.of(shape, made, values))
        return found

    async def routes(
        self, queries: Queries, space: str, locale: str, hidden: Sequence[str], after: str | None, wanted: int
    ) -> list[Row]:
        """The route table behind a path, without pages of the hidden types."""
        hidden = _filled(hidden, ITEMS) if hidden else []
        values = {"space": space, "l0": locale, "after": after, "wanted": wanted}
        values |= {f"i{number}": item for number, item in enumerate(hidden)}
        made = partial(statements.route_table, _parameters("i", len(hidden)), after is not None)
        return await queries.fetch_all(*self._texts.of(("routes", len(hidden), after is None), made, values))


def chosen(
    catalogue: Catalogue, rows: Iterable[Row], chain: Sequence[str], visible: Callable[[Model], bool]
) -> dict[str, Found]:
    """Each entry in the first locale of the chain that it is published in, its gaps filled from the following ones."""
    grouped: dict[str, dict[str, Row]] = {}
    for row in rows:
        grouped.setdefault(row["entry"], {})[row["locale"]] = row
    made = {}
    for id, by_locale in grouped.items():
        best = [by_locale[code] for code in chain if code in by_locale]
        model = catalogue.by_id.get(best[0]["type"]) if best else None
        if model is not None and visible(model):
            made[id] = found_in(model, best[0], filled(model, [orjson.loads(row["document"]) for row in best]))
    return made


def found_in(model: Model, row: Row, flat: Flat) -> Found:
    """A row of a snapshot, with the values to show."""
    entry = Entry(
        id=row["entry"],
        type=model.name,
        space=row["space"],
        revision=row["number"],
        locale=row["locale"],
        data={},
        parent=row["parent"],
        position=row["position"],
        path=address_of(row.get("path")),
        created_at=row["created_at"],
        updated_at=row["published_at"],
        published_at=row["published_at"],
    )
    return Found(entry, model, flat)


def filled(model: Model, flats: Sequence[Flat]) -> Flat:
    """The first snapshot, with localised values that it lacks from the others. Shared ones are its own."""
    if len(flats) == 1:
        return flats[0]
    merged = dict(flats[0])
    for bound in model:
        if bound.localized and bound.key not in merged:
            value = next((flat[bound.key] for flat in flats[1:] if bound.key in flat), None)
            if value is not None:
                merged[bound.key] = value
    return merged


def lacking(model: Model, flat: Flat) -> bool:
    """Whether a localised value is missing."""
    return any(bound.localized and bound.key not in flat for bound in model)


def _filled(values: Sequence[str], sizes: Sequence[int]) -> list[str]:
    size = next(size for size in sizes if size >= len(values))
    return [*values, *[values[-1]] * (size - len(values))]


def _parameters(prefix: str, count: int) -> list[Any]:
    return [bindparam(f"{prefix}{number}") for number in range(count)]
