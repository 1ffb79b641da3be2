"""Folders that files bring along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, MaxLength, Reject, operation
from newel.contracts.database import Queries
from newel.zips import DEEPEST
from newel_media.names import cleaned_folder, name_key
from newel_media.permissions import MEDIA_WRITE

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store


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
        here = order.parent or ""
        for given in order.names:
            name = _named(given)
            found = await self.child(call.tx, here, name)
            if found is None:
                found = (await self._app.operations.run("media.create_folder", {"parent": here, "name": name}, call)).id
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

    async def child(self, queries: Queries, parent: str, name: str) -> str | None:
        """The folder of that name, however it is spelt."""
        row = await self._store.folders.child(queries, parent, name_key(name))
        return None if row is None else str(row["id"])

    async def find(self, parent: str | None, names: Sequence[str]) -> str | None:
        """The folder of a path where it is there, else ``None``; the root has no id and is ``None`` as well."""
        here = parent or ""
        for name in names:
            found = await self.child(self._store.db, here, _named(name))
            if found is None:
                return None
            here = found
        return here or None


def _named(given: str) -> str:
    """Raises ``Reject`` where nothing is left of a name."""
    name = cleaned_folder(given)
    if name is None:
        raise Reject("this is no name for a folder", code="bad_name")
    return name
