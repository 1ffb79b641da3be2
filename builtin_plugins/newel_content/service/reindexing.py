"""Existing entries follow a change of their type: index rows anew, values moved between shared and localised."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from attrs import evolve, frozen

from newel import Call, Conflict, Problem
from newel.contracts.content import Stage
from newel.contracts.database import UniqueViolation
from newel.structure import rfc3339
from newel_content.documents.checking import pointer
from newel_content.documents.document import Document, same
from newel_content.documents.rows import IndexRow, Links, ReferenceRow, draft_index, published_index
from newel_content.model import BLOCKS, REFERENCE, BoundField, Catalogue, Model
from newel_content.store import Store
from newel_content.store.entries import EntryRow

MAX_ENTRIES = 10_000
BATCH = 256


@frozen
class Plan:
    """What the entries of a type must follow."""

    index: tuple[BoundField, ...]
    """Fields whose index rows are made anew, as they are now."""
    moved: tuple[tuple[BoundField, BoundField], ...]
    """Fields that became localised or shared, as they were and are."""
    dropped: tuple[BoundField, ...]
    """Fields without index rows from now on."""
    removed: tuple[BoundField, ...]
    rules: tuple[BoundField, ...]
    """References whose deletion rule changed."""

    @property
    def touches(self) -> bool:
        return bool(self.index or self.moved)

    @property
    def relinks(self) -> bool:
        """Whether reference rows get another locale."""
        return any(bound.field.type in (BLOCKS, REFERENCE) or bound.kind.outside is not None for _, bound in self.moved)


def plan(before: Model, after: Model) -> Plan:
    index, moved, dropped, rules = [], [], [], []
    for bound in after:
        was = before.by_key.get(bound.key)
        if was is not None and was.localized != bound.localized:
            moved.append((was, bound))
        same_index = was is not None and (was.indexed, was.unique, was.localized) == (
            bound.indexed, bound.unique, bound.localized,
        )  # fmt: skip
        if bound.indexed and not same_index:
            index.append(bound)
        elif was is not None and was.indexed and not bound.indexed:
            dropped.append(bound)
        if was is not None and bound.field.type == REFERENCE and was.options.on_delete != bound.options.on_delete:
            rules.append(bound)
    removed = tuple(bound for bound in before if bound.key not in after.by_key)
    return Plan(tuple(index), tuple(moved), tuple(dropped), removed, tuple(rules))


class Reindexing:
    """Runs a plan in the transaction of the type's change."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self, call: Call, catalogue: Catalogue, before: Model, after: Model, *, force: bool) -> None:
        """Raises ``Conflict``: ``too_many_entries``, ``not_unique``, ``loses_values``."""
        needed = plan(before, after)
        for bound in (*needed.dropped, *needed.removed, *needed.index):
            await self._store.rows.clear_field(call.tx, after.id, bound.number)
        for bound in needed.removed:
            await self._store.rows.clear_field_references(call.tx, after.id, bound.number)
            if bound.kind.outside is not None and after.kind == "block":
                await self._store.rows.clear_block_field(call.tx, after.id, bound.number)
        for bound in needed.rules:
            await self._store.rows.change_rule(call.tx, after.id, bound.number, bound.options.on_delete)
        if not needed.touches or after.kind == "block":
            return
        count = await self._store.tree.count(call.tx, after.id)
        if count > MAX_ENTRIES:
            raise Conflict(
                f"{count} entries would have to be indexed anew; a change in place takes at most {MAX_ENTRIES}",
                code="too_many_entries",
            )
        last = ""
        while rows := await self._store.tree.page(call.tx, after.id, last, BATCH):
            entries = [EntryRow.of(row) for row in rows]
            last = entries[-1].id
            try:
                await self._batch(call, catalogue, after, needed, entries, force=force)
            except UniqueViolation as violation:
                raise self._clash(after, needed) from violation

    async def _batch(
        self, call: Call, catalogue: Catalogue, model: Model, needed: Plan, entries: Sequence[EntryRow], *, force: bool
    ) -> None:
        index: list[tuple[str, IndexRow]] = []
        references: list[tuple[str, ReferenceRow]] = []
        changed: list[tuple[EntryRow, set[str]]] = []
        parents = {row.id: row.parent_key for row in entries}
        for row in entries:
            document = Document.read(row.document)
            before = document.copy()
            for was, bound in needed.moved:
                _move(catalogue, row, document, was, bound, force=force)
            if row.deleted_at is None:
                made = draft_index(catalogue, model, document, row.parent_key, needed.index)
                index += [(row.id, one) for one in made]
            if needed.relinks:
                links = Links(catalogue)
                links.document(model, document)
                kept = (one for one in links.rows if row.deleted_at is None or one.outside is not None)
                references += [(row.id, one) for one in kept]
            places = document.changes(before)
            if places:
                changed.append((evolve(row, document=document.text(), revision=row.revision + 1), places))
        await self._store.rows.add_index(call.tx, model.id, "draft", index)
        await self._published(call, model, needed, parents)
        if changed:
            now = rfc3339(call.now)
            await self._store.entries.save_many(call.tx, [row for row, _ in changed], now)
            await self._store.entries.edit(call.tx, [(row.id, row.revision, sorted(at)) for row, at in changed])
        if needed.relinks:
            await self._store.rows.drop_draft_references(call.tx, [row.id for row in entries])
            await self._store.rows.add_references(call.tx, "draft", references)

    async def _published(self, call: Call, model: Model, needed: Plan, parents: dict[str, str]) -> None:
        if not needed.index:
            return
        stage: Stage = "published"
        rows = [
            (entry, row)
            for entry, locale, text in await self._store.versions.snapshots(call.tx, list(parents))
            for row in published_index(model, orjson.loads(text), parents[entry], locale, needed.index)
        ]
        await self._store.rows.add_index(call.tx, model.id, stage, rows)

    def _clash(self, model: Model, needed: Plan) -> Conflict:
        places = [
            pointer("fields", index, "unique")
            for index, bound in enumerate(model)
            if bound.unique and bound in needed.index
        ]
        problems = [Problem(place, "not_unique", "entries share a value of this field") for place in places]
        return Conflict("existing values are not unique", code="not_unique", problems=problems)


def _move(
    catalogue: Catalogue, row: EntryRow, document: Document, was: BoundField, bound: BoundField, *, force: bool
) -> None:
    """Shared → localised: every locale with content gets the value. Localised → shared: the default locale's stays."""
    if bound.localized:
        value = document.shared.pop(was.key, None)
        for locale in {catalogue.default, *document.locales}:
            document.put(bound, locale, value)
        return
    values = {code: kept for code in document.locales if (kept := document.get(was, code)) is not None}
    stays = values.get(catalogue.default, next(iter(values.values()), None))
    if not force and any(not same(value, stays) for value in values.values()):
        raise Conflict(
            f"'{bound.name}' of {row.id} differs between locales: `force` keeps the default locale's value only",
            code="loses_values",
        )
    for code in values:
        document.locales[code].pop(was.key, None)
    document.put(bound, catalogue.default, stays)
