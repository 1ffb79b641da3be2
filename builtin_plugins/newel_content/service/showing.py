"""Entries as callers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from newel.contracts.content import Entry
from newel.contracts.database import Queries
from newel_content.documents.document import Document, digest
from newel_content.documents.showing import by_name, data_of
from newel_content.model import EVERY, Catalogue, Model
from newel_content.store import Store
from newel_content.store.entries import EntryRow
from newel_content.store.versions import PublishedRow, VersionRow


class Shower:
    """Makes ``Entry`` values."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def draft(
        self, queries: Queries, catalogue: Catalogue, model: Model, row: EntryRow, document: Document, locale: str
    ) -> Entry:
        """The draft with its state. One statement, for what is published of it."""
        published = await self._store.versions.published(queries, [row.id])
        return self.shown(catalogue, model, row, document, locale, published)

    def shown(
        self,
        catalogue: Catalogue,
        model: Model,
        row: EntryRow,
        document: Document,
        locale: str,
        published: Sequence[PublishedRow] = (),
    ) -> Entry:
        seen = {one.locale: one for one in published}
        here = seen.get(catalogue.default if locale == EVERY else locale)
        return Entry(
            id=row.id,
            type=model.name,
            space=row.space,
            revision=row.revision,
            locale=locale,
            data=data_of(catalogue, model, document, locale),
            state=state(catalogue, model, document, seen),
            parent=row.parent,
            position=row.position,
            path=None if here is None else address_of(here.path),
            created_at=row.created_at,
            updated_at=row.updated_at,
            published_at=None if here is None else here.published_at,
            deleted_at=row.deleted_at,
            author=row.author,
        )

    def published(
        self, catalogue: Catalogue, model: Model, row: EntryRow, seen: PublishedRow, version: VersionRow
    ) -> Entry:
        """What readers see of one locale."""
        return Entry(
            id=row.id,
            type=model.name,
            space=row.space,
            revision=version.number,
            locale=version.locale,
            data=by_name(catalogue, model, orjson.loads(version.document)),
            parent=row.parent,
            position=seen.position,
            path=address_of(seen.path),
            created_at=row.created_at,
            updated_at=seen.published_at,
            published_at=seen.published_at,
            author=version.author,
        )


def address_of(path: str | None) -> str | None:
    """A stored path as an address."""
    return None if path is None else f"/{path}"


def state(
    catalogue: Catalogue, model: Model, document: Document, published: Mapping[str, PublishedRow]
) -> dict[str, str]:
    """By locale: ``draft``, ``published`` or ``changed``."""
    found = {}
    for code, locale in catalogue.locales.items():
        seen = published.get(code)
        if seen is not None:
            found[code] = "published" if digest(document.flat(model, code)) == seen.digest else "changed"
        elif locale.enabled:
            found[code] = "draft"
    return found
