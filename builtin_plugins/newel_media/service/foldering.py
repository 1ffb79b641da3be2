"""Folders. Who changes the tree is alone with it, so two who move at once cannot make a ring of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, Conflict, MaxLength, NotFound, Pattern, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row, UniqueViolation, Value
from newel.contracts.jobs import Jobs
from newel.structure import rfc3339
from newel_media.names import folder_name, name_key
from newel_media.permissions import MEDIA_DELETE, MEDIA_READ, MEDIA_WRITE
from newel_media.service.tree import Tree
from newel_media.service.undoing import folder_again, folder_back, folder_gone

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

DEPTH = 10
MOST = 10_000
"""Folders of a library."""
EMPTY = "media.delete_folder"
Id = Annotated[str, "The id of the folder.", Pattern(r"[0-9A-HJKMNP-TV-Z]{26}")]
Name = Annotated[str, "Its name, which no other folder in the same place has.", MaxLength(100)]


@frozen(kw_only=True)
class FolderQuery:
    """Which folders."""

    parent: Annotated[
        str | None, "Only those in this folder; empty text: in the root; left out: all.", MaxLength(26)
    ] = None


@frozen(kw_only=True)
class Folder:
    """A folder with what lies in it, not counting what is in folders below."""

    id: str
    parent: Annotated[str | None, "The folder it is in; empty: the root."]
    name: str
    path: Annotated[str, "Such as `/Trips/Oslo`."]
    depth: Annotated[int, "1: in the root."]
    files: int
    folders: int
    created_at: str
    updated_at: str


@frozen(kw_only=True)
class NewFolder:
    """A folder to make."""

    name: Name
    parent: Annotated[str | None, "The folder it is in; empty: the root.", MaxLength(26)] = None


@frozen(kw_only=True)
class FolderChange:
    """What is to change; what is left out stays."""

    id: Id
    name: Name | None = None
    parent: Annotated[str | None, "The folder it goes into; empty text: the root.", MaxLength(26)] = None


@frozen(kw_only=True)
class DeleteFolder:
    """Which folder goes."""

    id: Id
    recursive: Annotated[bool, "With all that is in it, as a job."] = False
    force: Annotated[bool, "With `recursive`: also files that content points at."] = False


@frozen(kw_only=True)
class FolderGone:
    """``job``: the one that empties and deletes it; empty where it is gone."""

    id: str
    job: str | None = None


class Foldering:
    """``media.folders`` and what changes them."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("media.folders", needs=MEDIA_READ, http="GET /media/folders")
    async def folders(self, call: Call, order: FolderQuery) -> tuple[Folder, ...]:
        """Lists folders, each before those in it, with how much is in them."""
        db = self._store.db
        tree = Tree(await self._store.folders.all(db))
        if order.parent is not None and order.parent not in tree:
            raise NotFound(f"there is no folder '{order.parent}'")
        counts = await self._store.folders.counts(db, order.parent)
        ids = [id for id in tree.below("") if id] if order.parent is None else tree.children(order.parent)
        return tuple(_shown(tree, id, counts.get(id, 0)) for id in ids)

    @operation(
        "media.create_folder", needs=MEDIA_WRITE, http="POST /media/folders", effect="write", status=201,
        undo=folder_gone,
    )  # fmt: skip
    async def create(self, call: Call, order: NewFolder) -> Folder:
        """Makes a folder. There are ten levels at most."""
        name, parent = _checked(order.name), order.parent or ""
        tree = await self._alone(call)
        self._fits(tree, parent, 1)
        if len(tree.rows) >= MOST:
            raise Conflict(f"a library has {MOST:,} folders at most", code="too_many_folders")
        now = rfc3339(call.now)
        row: dict[str, Value] = {
            "id": self._app.ids.new(), "parent": parent, "name": name, "name_key": name_key(name),
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        try:
            await self._store.folders.add(call.tx, row)
        except UniqueViolation:
            raise _taken(name) from None
        call.changed(Change(entity="media_folder", id=str(row["id"]), before=None, after=_told(row)))
        return _shown(Tree([*tree.rows.values(), row]), str(row["id"]), 0)

    @operation(
        "media.update_folder", needs=MEDIA_WRITE, http="PATCH /media/folders/{id}", effect="write", undo=folder_back
    )  # fmt: skip
    async def update(self, call: Call, order: FolderChange) -> Folder:
        """Renames or moves a folder with all that is in it. The addresses of files stay."""
        tree = await self._alone(call)
        before = _found(tree, order.id)
        after: dict[str, Value] = dict(before)
        if order.name is not None:
            name = _checked(order.name)
            after |= {"name": name, "name_key": name_key(name)}
        if order.parent is not None and order.parent != before["parent"]:
            if order.id in tree.line(order.parent):
                raise Conflict("a folder cannot lie in itself", code="cycle")
            self._fits(tree, order.parent, tree.height(order.id))
            after["parent"] = order.parent
        if after != dict(before):
            after["updated_at"] = rfc3339(call.now)
            try:
                await self._store.folders.update(call.tx, after)
            except UniqueViolation:
                raise _taken(str(after["name"])) from None
            call.changed(Change(entity="media_folder", id=order.id, before=_told(before), after=_told(after)))
        files = await self._store.folders.files(call.tx, order.id)
        return _shown(Tree([*(row for row in tree.rows.values() if row["id"] != order.id), after]), order.id, files)

    @operation(
        "media.delete_folder", needs=MEDIA_DELETE, http="DELETE /media/folders/{id}", effect="write", undo=folder_again
    )  # fmt: skip
    async def delete(self, call: Call, order: DeleteFolder) -> FolderGone:
        """Deletes a folder that is empty; with `recursive`, a job deletes what is in it and then the folder itself."""
        tree = await self._alone(call)
        before = _found(tree, order.id)
        if order.recursive:
            jobs = self._app.find(Jobs)
            if jobs is None:
                raise Conflict("this needs the plugin 'jobs', which is off", code="no_jobs")
            payload = {"folder": order.id, "force": order.force}
            job = await jobs.enqueue(call, EMPTY, payload, key=f"{order.id} {order.force}")
            return FolderGone(id=order.id, job=job)
        await self._store.folders.locked(call.tx, order.id)  # who puts a file there holds it
        files, folders = await self._store.folders.files(call.tx, order.id), len(tree.children(order.id))
        if files or folders:
            raise Conflict(
                f"the folder is not empty: {files} files and {folders} folders are in it", code="not_empty",
                extra={"files": files, "folders": folders},
            )  # fmt: skip
        await self._store.folders.delete(call.tx, order.id)
        call.changed(Change(entity="media_folder", id=order.id, before=_told(before), after=None))
        return FolderGone(id=order.id)

    async def _alone(self, call: Call) -> Tree:
        """The tree as it is and stays until the transaction ends."""
        await self._store.states.lock(call.tx, "folders")
        return Tree(await self._store.folders.all(call.tx))

    def _fits(self, tree: Tree, parent: str, levels: int) -> None:
        if parent not in tree:
            raise Reject.field("/parent", "not_found", f"there is no folder '{parent}'")
        if tree.depth(parent) + levels > DEPTH:
            raise Conflict(f"folders go {DEPTH} levels deep at most", code="too_deep")


def _checked(name: str) -> str:
    found = folder_name(name)
    if found is None:
        detail = 'is no name for a folder: no slashes and signs like <>:"|?*, no dot at its ends, nothing invisible'
        raise Reject.field("/name", "format", detail)
    return found


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a folder '{name}' already, perhaps in other letters", code="name_taken")


def _found(tree: Tree, id: str) -> Row:
    if id not in tree.rows:
        raise NotFound(f"there is no folder '{id}'")
    return tree.rows[id]


def _told(row: Row) -> dict[str, Value]:
    return {name: row[name] for name in ("parent", "name")}


def _shown(tree: Tree, id: str, files: int) -> Folder:
    row = tree.rows[id]
    return Folder(
        id=id, parent=row["parent"] or None, name=row["name"], path=tree.path(id), depth=tree.depth(id), files=files,
        folders=len(tree.children(id)), created_at=row["created_at"], updated_at=row["updated_at"],
    )  # fmt: skip
