"""Folders that files bring along."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, MaxLength, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Queries
from newel.structure import rfc3339
from newel_media.names import name_key
from newel_media.permissions import MEDIA_WRITE
from newel_media.zips import DEEPEST

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

LONGEST = 100
_BAD = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


@frozen(kw_only=True)
class FolderPath:
    """A folder by its names."""

    parent: Annotated[str | None, "The id of the folder that it begins in; empty: the root.", MaxLength(26)] = None
    names: Annotated[tuple[str, ...], "From the outermost to the innermost.", MaxLength(DEEPEST)]


@frozen(kw_only=True)
class FolderId:
    """A folder."""

    id: str | None


class Folders:
    """``media.make_folders``."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("media.make_folders", needs=MEDIA_WRITE, effect="write", command=False)
    async def make(self, call: Call, order: FolderPath) -> FolderId:
        """Answers the innermost folder of a path; those that are missing are made."""
        await self._store.states.lock(call.tx, "folders")
        here, depth = order.parent or "", await self._depth(call.tx, order.parent)
        if depth + len(order.names) > DEEPEST:
            raise Reject(f"folders go {DEEPEST} levels deep at most", code="too_deep")
        for given in order.names:
            name = cleaned_folder(given)
            found = await self.child(call.tx, here, name)
            if found is None:
                found, now = self._app.ids.new(), rfc3339(call.now)
                row = {"id": found, "parent": here, "name": name, "name_key": name_key(name), "created_at": now,
                       "updated_at": now}  # fmt: skip
                await self._store.folders.add(call.tx, dict(row))
                told = {"name": name, "parent": here or None}
                call.changed(Change(entity="media_folder", id=found, before=None, after=told))
            here = found
        return FolderId(id=here or None)

    async def bring(self, call: Call, names: Sequence[str], parent: str | None = None) -> str | None:
        """The folder of a path, made where it is missing; ``None``: the root. Raises ``Reject``."""
        if not names:
            return parent
        if len(names) > DEEPEST:
            raise Reject(f"folders go {DEEPEST} levels deep at most", code="too_deep")
        order = FolderPath(parent=parent, names=tuple(names))
        made: FolderId = await self._app.operations.run("media.make_folders", order, call)
        return made.id

    async def _depth(self, queries: Queries, id: str | None) -> int:
        """How deep a folder lies: 0 for the root. Raises ``Reject`` where it is not there."""
        depth, here = 0, id
        while here:
            row = await self._store.folders.get(queries, here)
            if row is None or depth > DEEPEST:
                raise Reject.field("/parent", "not_found", f"there is no folder '{id}'")
            depth, here = depth + 1, row["parent"]
        return depth

    async def child(self, queries: Queries, parent: str, name: str) -> str | None:
        """The folder of that name, however it is spelt."""
        key = name_key(name)
        rows = await self._store.folders.below(queries, parent)
        return next((str(row["id"]) for row in rows if row["name_key"] == key), None)

    async def find(self, parent: str | None, names: Sequence[str]) -> str | None:
        """The folder of a path where it is there, else ``None``; the root has no id and is ``None`` as well."""
        here = parent or ""
        for name in names:
            found = await self.child(self._store.db, here, cleaned_folder(name))
            if found is None:
                return None
            here = found
        return here or None


def cleaned_folder(name: str) -> str:
    """A name that can be read and is no path. Raises ``Reject`` where nothing of it is left."""
    name = " ".join(_BAD.sub(" ", unicodedata.normalize("NFC", name)).split())[:LONGEST].strip()
    if not name.strip("."):
        raise Reject("this is no name for a folder", code="bad_name")
    return name
