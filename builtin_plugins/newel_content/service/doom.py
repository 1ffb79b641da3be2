"""What else must go, or change, when an entry is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import Factory, define

from newel import Call, Conflict
from newel_content.documents.clearing import clear_targets
from newel_content.documents.document import Document
from newel_content.model import Catalogue
from newel_content.service.saving import Saver
from newel_content.service.users import Users
from newel_content.store import Store
from newel_content.store.entries import EntryRow
from newel_content.store.rows import Use

MAX_DOOMED = 1000


@define
class Doomed:
    """The entries to delete, in order, and those whose references to them are emptied."""

    ids: list[str]
    cleared: list[str] = Factory(list)


class Doom:
    """Follows the rules of reference fields."""

    def __init__(self, saver: Saver, store: Store) -> None:
        self._saver = saver
        self._store = store
        self._users = Users(store)

    async def of(self, call: Call, catalogue: Catalogue, row: EntryRow, *, descendants: bool, force: bool) -> Doomed:
        """Raises ``Conflict``: ``has_children``, ``in_use``, ``too_many_entries``."""
        ids = await self._below(call, [row.id])
        if len(ids) > 1 and not descendants:
            raise Conflict(
                f"{len(ids) - 1} pages stand below it: delete them with `descendants`, or move them",
                code="has_children",
            )
        held: list[Use] = []
        clearing: list[Use] = []
        fresh = ids
        while fresh:
            uses = await self._store.rows.uses(call.tx, fresh)
            held += [use for use in uses if use.on_delete == "restrict"]
            clearing += [use for use in uses if use.on_delete == "clear" and use.stage == "draft"]
            cascading = _sources(use for use in uses if use.on_delete == "cascade")
            fresh = [id for id in await self._below(call, cascading) if id not in ids] if cascading else []
            ids = [*ids, *fresh]
            if len(ids) > MAX_DOOMED:
                raise Conflict(f"more than {MAX_DOOMED} entries would be deleted", code="too_many_entries")
        held = [use for use in held if use.source not in ids]
        if held and not force:
            raise self._users.in_use(catalogue, held)
        return Doomed(ids, [id for id in _sources(clearing) if id not in ids])

    async def _below(self, call: Call, ids: Sequence[str]) -> list[str]:
        """The entries and all below them that are outside the trash."""
        found: dict[str, None] = {}
        for id in ids:
            nodes = await self._store.tree.descendants(call.tx, id)
            found |= dict.fromkeys(node.id for node in nodes if node.deleted_at is None)
        return list(found)

    async def clear(self, call: Call, catalogue: Catalogue, doomed: Doomed) -> None:
        """Empties references in drafts. What is published keeps its bytes: a target that is gone is not expanded."""
        if not doomed.cleared:
            return
        targets = set(doomed.ids)
        for row in await self._store.entries.lock_many(call.tx, doomed.cleared):
            model = catalogue.by_id[row.type]
            draft = self._saver.draft(catalogue, model, row, Document.read(row.document), catalogue.default)
            clear_targets(catalogue, model, draft.document, targets)
            await self._saver.save(call, draft)


def _sources(uses: Iterable[Use]) -> list[str]:
    return list(dict.fromkeys(use.source for use in uses))
