"""Hooks of content: field types, and the moments in an entry's life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

# Not only for checkers: the outbox reads from the annotation what a subject was before it was written down.
from newel.contracts.content import EntryEvent
from newel.spec import collect, fold, notify

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.content import EntryDraft, FieldType


@collect
def register_field_types() -> Sequence[FieldType]:  # type: ignore[empty-body]  # a declaration
    """Kinds of field. A name that another plugin has is a boot error naming both."""


@fold
def content_before_save(draft: EntryDraft, call: Call, app: App) -> EntryDraft | None:
    """Before a draft is created or changed, inside the transaction, through every door.

    Answer a changed draft (``attrs.evolve(draft, data={...})``), ``None`` to leave it, or raise
    ``Reject.field("/data/<name>", code, text)`` to refuse. Seen by the caller as a 422 with that pointer.
    """


@fold
def content_before_publish(event: EntryEvent, call: Call, app: App) -> EntryEvent | None:
    """Before one locale of an entry is published, inside the transaction. Raise ``Reject`` to refuse."""


@fold
def content_before_delete(event: EntryEvent, call: Call, app: App) -> EntryEvent | None:
    """Before an entry goes to the trash, inside the transaction. Raise ``Reject`` to refuse."""


@notify
def content_after_save(event: EntryEvent, call: Call, app: App) -> None:
    """A draft was created or changed, and that is committed."""


@notify
def content_after_publish(event: EntryEvent, call: Call, app: App) -> None:
    """One locale of an entry was published; readers see it. ``event.version`` is the snapshot's number."""


@notify
def content_after_unpublish(event: EntryEvent, call: Call, app: App) -> None:
    """One locale of an entry was withdrawn."""


@notify
def content_after_delete(event: EntryEvent, call: Call, app: App) -> None:
    """An entry went to the trash."""


@notify
def content_after_type_change(name: str, call: Call, app: App) -> None:
    """A content type was created, changed or deleted; ``name`` is its name."""
