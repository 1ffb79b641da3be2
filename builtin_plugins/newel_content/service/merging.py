"""Two writers at one entry: what they changed in different places merges, the rest is refused with both versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel import PreconditionFailed, PreconditionRequired
from newel.contracts.database import Queries
from newel_content.config import ContentConfig
from newel_content.documents.document import Document
from newel_content.documents.showing import shown
from newel_content.model import Catalogue, Model
from newel_content.store import Store
from newel_content.store.entries import EntryRow

KEPT_EDITS = 500
"""How many revisions back a writer may be based and still merge."""


class Merging:
    """Checks what a change is based on."""

    def __init__(self, store: Store, config: ContentConfig) -> None:
        self._store = store
        self._required = config.require_if_match

    async def since(self, queries: Queries, row: EntryRow, base: int | None) -> set[str] | None:
        """The addresses that others changed since ``base``; ``None`` when that is not known any more.

        No statement where ``base`` is the present revision. Raises ``PreconditionRequired`` where one must be given.
        """
        if base is None:
            if self._required:
                raise PreconditionRequired("say which revision the change is based on: `If-Match` or `revision`")
            return set()
        if base == row.revision:
            return set()
        if not 0 < base < row.revision:
            return None
        edits = await self._store.entries.edits_since(queries, row.id, base)
        if len(edits) < row.revision - base:
            return None
        return set().union(*edits)

    async def unchanged(self, queries: Queries, row: EntryRow, base: int | None, *places: str) -> None:
        """Raises ``PreconditionFailed`` when others changed these addresses (none given: any value) since."""
        others = await self.since(queries, row, base)
        hit = others is None or (others & set(places) if places else {one for one in others if one[:1] != "@"})
        if hit:
            raise stale(row.revision, base)


def stale(revision: int, base: int | None) -> PreconditionFailed:
    """The answer to a change that is based on an old revision."""
    return PreconditionFailed(f"it has changed since revision {base}", extra={"revision": revision, "base": base})


def refuse(
    catalogue: Catalogue, model: Model, row: EntryRow, current: Document, wanted: Document, places: set[str]
) -> PreconditionFailed:
    """The answer to a writer whose values meet another writer's: both versions of the fields."""
    return PreconditionFailed(
        "somebody else changed the same fields meanwhile",
        extra={
            "revision": row.revision,
            "fields": sorted({name for name, _ in (_named(model, place) for place in places)}),
            "yours": valued(catalogue, model, wanted, places),
            "current": valued(catalogue, model, current, places),
        },
    )


def valued(catalogue: Catalogue, model: Model, document: Document, places: set[str]) -> Mapping[str, Any]:
    """The wire values at some addresses: by name, localised ones as ``{code: value}``."""
    found: dict[str, Any] = {}
    for place in sorted(places):
        name, code = _named(model, place)
        bound = model.fields.get(name)
        value = document.at(place) if bound is None else shown(catalogue, bound, document.at(place))
        if code:
            found.setdefault(name, {})[code] = value
        else:
            found[name] = value
    return found


def _named(model: Model, place: str) -> tuple[str, str]:
    code, _, key = place.partition("/")
    bound = model.by_key.get(key)
    return (bound.name if bound is not None else f"#{key}"), code
