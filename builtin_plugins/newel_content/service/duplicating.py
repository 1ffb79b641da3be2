"""A second entry like another one."""

from __future__ import annotations

from attrs import frozen

from newel import Call, operation
from newel.app import App
from newel.contracts.content import Entry
from newel_content.documents.document import Document
from newel_content.documents.showing import data_of
from newel_content.model import EVERY
from newel_content.permissions import CONTENT_CREATE, CONTENT_READ_DRAFT
from newel_content.service.entries import Id, NewEntry, TypeName
from newel_content.service.saving import Saver
from newel_content.store import Store


@frozen(kw_only=True)
class DuplicateEntry:
    type: TypeName
    id: Id


class Duplicating:
    """The operation that copies an entry."""

    def __init__(self, app: App, store: Store, saver: Saver) -> None:
        self._app = app
        self._store = store
        self._saver = saver

    @operation(
        "content.duplicate",
        needs=CONTENT_CREATE,
        http="POST /content/{type}/{id}/duplicate",
        effect="write",
        status=201,
    )
    async def duplicate(self, call: Call, order: DuplicateEntry) -> Entry:
        """Creates an entry with the draft of another one in all locales, below the same page, as a draft.

        Slugs are made anew; values of other unique fields, which nobody else may have, are left out.
        """
        call.actor.require(CONTENT_READ_DRAFT)
        catalogue, model, row = await self._saver.opened(call, order.type, order.id)
        data = data_of(catalogue, model, Document.read(row.document), EVERY)
        kept = {bound.name: data[bound.name] for bound in model if not bound.unique}
        made = NewEntry(type=order.type, data=kept, locale=EVERY, parent=row.parent)
        entry: Entry = await self._app.operations.run("content.create", made, call)
        return entry
