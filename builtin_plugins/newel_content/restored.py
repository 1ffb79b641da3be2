"""Looks at content that was just restored: is a tree still a tree, does what is published still answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from newel.contracts.backup import Checked, RestoreCheck
from newel.contracts.content import Content, ListQuery
from newel.errors import NewelError
from newel_content import tables
from newel_content.documents.document import Document, digest

if TYPE_CHECKING:
    from newel.contracts.database import Row
    from newel_content.store import Store

MOST = 100
"""Faults that are told."""
PAGES = 200
"""Addresses, and entries of each type, that are opened."""


class RestoredChecks:
    """The checks of content. They read all rows of small columns, and a sample of documents."""

    def __init__(self, store: Store, content: Content) -> None:
        self._store = store
        self._content = content

    def all(self) -> Sequence[RestoreCheck]:
        return [
            RestoreCheck(name="content.tree", summary="Every page hangs in the tree", look=self.tree),
            RestoreCheck(name="content.references", summary="References lead to entries", look=self.references),
            RestoreCheck(name="content.published", summary="Published versions are those that were published",
                         look=self.published),
            RestoreCheck(name="content.pages", summary="Published pages and entries answer", look=self.pages),
        ]  # fmt: skip

    def _rows(self, clause: object) -> AsyncIterator[Row]:
        db = self._store.db
        return db.iterate(db.render(clause))  # type: ignore[arg-type]  # a statement

    async def tree(self) -> Checked:
        entries = tables.entries
        above = {
            row["id"]: row["parent"]
            async for row in self._rows(select(entries.c.id, entries.c.parent).where(entries.c.parent.is_not(None)))
        }
        rooted: set[str] = set()
        faults = []
        for start in above:
            path, here = dict.fromkeys([start]), above[start]
            while here in above and here not in rooted:
                if here in path:
                    faults.append(f"the entry {start} is below itself")
                    break
                path[here] = None
                here = above[here]
            rooted.update(path)
        return Checked(looked=len(above), faults=tuple(faults[:MOST]))

    async def references(self) -> Checked:
        """Of what is published: where a draft points is looked at when it is published. Those that are cleared when
        their target goes stay in what was published before."""
        references, entries = tables.references, tables.entries
        led = (
            select(references.c.source, references.c.target, entries.c.id)
            .select_from(references.outerjoin(entries, entries.c.id == references.c.target))
            .where(references.c.stage == "published", references.c.field != 0, references.c.outside.is_(None))
            .where(references.c.on_delete != "clear")
        )
        count, faults = 0, []
        async for row in self._rows(led):
            count += 1
            if row["id"] is None:
                faults.append(f"the entry {row['source']} refers to {row['target']}, which is not there")
        return Checked(looked=count, faults=tuple(faults[:MOST]))

    async def published(self) -> Checked:
        published, versions = tables.published, tables.versions
        both = select(published.c.entry, published.c.locale, published.c.digest, versions.c.document).join(
            versions, versions.c.id == published.c.version
        )
        count, faults = 0, []
        async for row in self._rows(both):
            count += 1
            if digest(Document.read_flat(row["document"])) != row["digest"]:
                faults.append(f"what is published of {row['entry']} in {row['locale']} is another version's")
        return Checked(looked=count, faults=tuple(faults[:MOST]))

    async def pages(self) -> Checked:
        count, faults = 0, []
        for locale in await self._content.locales():
            for row in await self._content.routes(locale.code, limit=PAGES, private=True):
                count += 1
                query = ListQuery(type=row.type or "page", locale=locale.code)
                try:
                    target, _ = await self._content.page_at(row.path.lstrip("/"), query, private=True)
                except NewelError as error:
                    faults.append(f"{row.path} ({locale.code}) does not answer: {error}")
                    continue
                if row.entry is not None and (target.entry is None or target.entry.id != row.entry):
                    faults.append(f"{row.path} ({locale.code}) answers with another entry")
        for type in await self._content.types():
            if type.kind == "block":  # has no entries of its own
                continue
            page = await self._content.list_published(ListQuery(type=type.name, limit=100), private=True)
            for entry in page.data:
                count += 1
                again = await self._content.get_published(type.name, entry.id, ListQuery(type=type.name), private=True)
                if again.id != entry.id:
                    faults.append(f"{type.name}/{entry.id} answers with another entry")
        return Checked(looked=count, faults=tuple(faults[:MOST]))
