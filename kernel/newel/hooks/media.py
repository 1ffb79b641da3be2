"""Hooks of media: a file's way into the library."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

# Not only for checkers: the outbox reads from the annotation what a subject was before it was written down.
from newel.contracts.media import AssetEvent
from newel.spec import around, first, fold, notify

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.media import UnknownType, Upload


@first
def media_resolve_type(unknown: UnknownType, call: Call, app: App) -> str | None:
    """Which MIME type some content has that we do not recognise, or ``None``. The site's list of allowed types is
    asked afterwards all the same."""


@fold
def media_before_store(upload: Upload, call: Call, app: App) -> Upload | None:
    """A whole file is in the spool and nothing of it is stored: look at it, change what it will be called or where it
    goes (``attrs.evolve``), or raise ``Reject``. Not inside a transaction."""


@around
def media_around_store(upload: Upload, call: Call, app: App) -> AbstractAsyncContextManager[None] | None:
    """Encloses the storing of a file: from before its bytes go into the store until its row is committed."""


@notify
def media_after_store(event: AssetEvent, call: Call, app: App) -> None:
    """A file is in the library, with its row committed. Its renditions may still be on their way."""


@notify
def media_after_replace(event: AssetEvent, call: Call, app: App) -> None:
    """An asset got other bytes. Its id is the same."""


@notify
def media_after_update(event: AssetEvent, call: Call, app: App) -> None:
    """What is said of an asset, where it lies or who may see it has changed. Its bytes are the same."""


@fold
def media_before_delete(event: AssetEvent, call: Call, app: App) -> AssetEvent | None:
    """Before an asset is deleted, inside the transaction. Raise ``Reject`` to refuse."""


@notify
def media_after_delete(event: AssetEvent, call: Call, app: App) -> None:
    """An asset is gone, and that is committed. Its bytes go later, where nothing else names them."""
