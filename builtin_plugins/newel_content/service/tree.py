"""The order of entries, and the tree of pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from attrs import evolve, frozen

from newel import Call, Conflict, Max, Min, Reject, operation
from newel.app import App
from newel.contracts.audit import Change, Reverse
from newel.contracts.content import Entry, EntryEvent
from newel.contracts.database import UniqueViolation
from newel.hooks.content import content_after_save
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.documents.document import Document
from newel_content.documents.positions import MAX_LENGTH, at_end, between
from newel_content.documents.rows import draft_index, published_index
from newel_content.model import Catalogue, Model
from newel_content.permissions import CONTENT_UPDATE
from newel_content.service.entries import Base, Id, TypeName
from newel_content.service.merging import Merging
from newel_content.service.parenthood import Parenthood
from newel_content.service.saving import Saver
from newel_content.service.showing import Shower
from newel_content.service.uniqueness import about_values
from newel_content.store import Store
from newel_content.store.entries import PLACE, EntryRow, parent_key
from newel_content.store.feed import telling

ATTEMPTS = 10


@frozen(kw_only=True)
class MoveEntry:
    type: TypeName
    id: Id
    parent: Annotated[str | None, "The page to stand below; empty: it stays below its parent."] = None
    top: Annotated[bool, "Stand at the top of the tree."] = False
    before: Annotated[str | None, "The sibling to stand right before."] = None
    after: Annotated[str | None, "The sibling to stand right after."] = None
    step: Annotated[int, "One place up (-1) or down (1) among its siblings.", Min(-1), Max(1)] = 0
    revision: Base = None


class Tree:
    """The operations on places."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._store = store
        self._saver = Saver(app, config, store)
        self._merging = Merging(store, config)
        self._parenthood = Parenthood(config, store)
        self._shower = Shower(store)

    async def _moved_back(self, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
        """Before whoever follows the old place now."""
        found = []
        for one in changes:
            was = one.before or {}
            catalogue = await self._store.catalogue.load(call.tx, lock="shared")
            key = parent_key(catalogue.model(was["type"]), was["parent"])
            follower = await self._store.tree.follower(call.tx, key, one.id, was["position"])
            place = {"top": True} if was["parent"] is None else {"parent": was["parent"]}
            beside = {} if follower is None else {"before": follower}
            revision = (one.after or {}).get("revision")
            params = {"type": was["type"], "id": one.id, **place, **beside, "revision": revision}
            found.append(Reverse(operation="content.move", params=params))
        return found

    @operation(
        "content.move",
        needs=CONTENT_UPDATE,
        http="POST /content/{type}/{id}/move",
        effect="write",
        revision="revision",
        undo=_moved_back,
    )
    @telling
    async def move(self, call: Call, order: MoveEntry) -> Entry:
        """Moves an entry among its siblings, or a page below another one; without a sibling, to the end.

        Readers see the new order at once. Published pages answer at their new path, and their old one leads there.
        Raises ``conflict``: ``cycle``, ``too_deep``, ``not_unique`` (a sibling has the slug), ``path_taken``.
        """
        # Two moves at once could each be fine and together make a circle, so they take turns.
        catalogue, model, row = await self._saver.opened(call, order.type, order.id, alone=True)
        await self._merging.unchanged(call.tx, row, order.revision, PLACE)
        parent = await self._parent(call, catalogue, model, row, order)
        key = parent_key(model, parent)
        moved = await self._placed(call, row, parent, key, order)
        if moved == row:
            return await self._answer(call, catalogue, model, row)
        await self._store.versions.move(call.tx, [(row.id, moved.position)])
        self._store.feed.touch(call.tx, catalogue, [(row.id, None)])
        if key != row.parent_key:
            await self._rescope(call, catalogue, model, row, moved)
            await self._saver.routing.refresh(call.tx, catalogue, row.id, rfc3339(call.now))
        await self._noted(call, model, row, moved)
        return await self._answer(call, catalogue, model, moved)

    async def _parent(
        self, call: Call, catalogue: Catalogue, model: Model, row: EntryRow, order: MoveEntry
    ) -> str | None:
        if order.top and order.parent:
            raise Reject.field("/top", "conflict", "either below a page or at the top")
        if order.before and order.after:
            raise Reject.field("/after", "conflict", "either before a sibling or after one")
        if order.step and (order.parent or order.top or order.before or order.after):
            raise Reject.field("/step", "conflict", "either a step or another place")
        wanted = None if order.top else order.parent or row.parent
        if wanted == row.parent:
            return wanted
        below = await self._store.tree.descendants(call.tx, row.id)
        height = max(node.depth for node in below)
        return await self._parenthood.checked(call.tx, catalogue, model, wanted, moving=row.id, height=height)

    async def _placed(self, call: Call, row: EntryRow, parent: str | None, key: str, order: MoveEntry) -> EntryRow:
        """Writes the place. Others may take the same gap at the same moment; then the next try sees them."""
        for _ in range(ATTEMPTS):
            position = await self._position(call, row, key, order)
            if len(position) > MAX_LENGTH:
                await self._spread(call, key)
                continue
            if (key, position) == (row.parent_key, row.position):
                return row
            now = rfc3339(call.now)
            moved = evolve(
                row, parent=parent, parent_key=key, position=position, revision=row.revision + 1, updated_at=now
            )
            try:
                async with call.tx.savepoint():
                    await self._store.entries.place(call.tx, row.id, parent, key, position, moved.revision, now)
            except UniqueViolation:
                continue
            return moved
        raise Conflict("too many others move to the same place at this moment: try again", code="busy")

    async def _position(self, call: Call, row: EntryRow, key: str, order: MoveEntry) -> str:
        if order.step:
            return await self._stepped(call, row, key, up=order.step < 0)
        beside = order.before or order.after
        if beside == row.id:
            return row.position
        if beside is None:
            last = await self._store.tree.end(call.tx, key, row.id)
            if key == row.parent_key and (last is None or last < row.position):
                return row.position
            fresh = at_end(self._app.ids.new())
            # A clock that was set back would put it before the last.
            return fresh if last is None or fresh > last else between(last, None)
        sibling = await self._store.entries.get(call.tx, beside)
        if sibling is None or sibling.parent_key != key:
            where = "/before" if order.before else "/after"
            raise Reject.field(where, "not_found", "is no sibling there")
        before = order.before is not None
        next_to = await self._store.tree.neighbour(call.tx, key, row.id, sibling.position, before=before)
        low, high = (next_to, sibling.position) if before else (sibling.position, next_to)
        if key == row.parent_key and (low or "") < row.position and (high is None or row.position < high):
            return row.position
        if high is None:
            fresh = at_end(self._app.ids.new())
            return fresh if fresh > sibling.position else between(low, None)
        return between(low, high)

    async def _stepped(self, call: Call, row: EntryRow, key: str, *, up: bool) -> str:
        """Between the sibling that is passed and the one behind it; at the end, it stays."""
        passed = await self._store.tree.neighbour(call.tx, key, row.id, row.position, before=up)
        if passed is None:
            return row.position
        beyond = await self._store.tree.neighbour(call.tx, key, row.id, passed, before=up)
        return between(beyond, passed) if up else between(passed, beyond)

    async def _spread(self, call: Call, key: str) -> None:
        """Gives all siblings fresh short keys in their order, all behind the old ones, so none meets another."""
        ids = await self._store.tree.siblings(call.tx, key)
        positions = [(id, at_end(self._app.ids.new())) for id in ids]
        await self._store.tree.spread(call.tx, positions)
        await self._store.versions.move(call.tx, positions)

    async def _rescope(self, call: Call, catalogue: Catalogue, model: Model, row: EntryRow, moved: EntryRow) -> None:
        """Slugs are unique among siblings, and those are others now."""
        document = Document.read(row.document)
        old = draft_index(catalogue, model, document, row.parent_key)
        new = draft_index(catalogue, model, document, moved.parent_key)
        try:
            await self._store.rows.replace_index(call.tx, row.id, row.type, "draft", old, new)
            for entry, locale, text in await self._store.versions.snapshots(call.tx, [row.id]):
                flat = Document.read_flat(text)
                before = published_index(model, flat, row.parent_key, locale)
                after = published_index(model, flat, moved.parent_key, locale)
                await self._store.rows.replace_index(call.tx, entry, row.type, "published", before, after)
        except UniqueViolation as violation:
            if not about_values(violation):
                raise
            raise Conflict("a page there has the same slug", code="not_unique") from violation

    async def _noted(self, call: Call, model: Model, row: EntryRow, moved: EntryRow) -> None:
        await self._store.entries.edit(call.tx, [(row.id, moved.revision, [PLACE])])
        was = {"type": model.name, "parent": row.parent, "position": row.position}
        now = {"type": model.name, "revision": moved.revision, "parent": moved.parent, "position": moved.position}
        call.changed(Change(entity="entry", id=row.id, before=was, after=now))
        event = EntryEvent(type=model.name, id=row.id, space=row.space, revision=moved.revision, locale=None)
        call.emit(content_after_save, event)

    async def _answer(self, call: Call, catalogue: Catalogue, model: Model, row: EntryRow) -> Entry:
        document = Document.read(row.document)
        return await self._shower.draft(call.tx, catalogue, model, row, document, catalogue.default)
