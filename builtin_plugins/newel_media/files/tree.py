"""``/media``: folders and files of the library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newel import Call, Conflict, Permission, Reject
from newel.contracts.database import Row
from newel.contracts.files import Node, Path, Reading, Writing
from newel.errors import NewelError
from newel_media.files.naming import Shown
from newel_media.files.places import Place, Places, composed
from newel_media.files.reading import Original
from newel_media.files.writing import Arriving
from newel_media.names import name_key
from newel_media.permissions import MEDIA_READ, MEDIA_WRITE
from newel_media.service.editing import renamed
from newel_media.store.listing import Filter, key_of

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store

PAGE = 500


class MediaTree:
    """Keeps ``FileTree``. What changes something is an operation."""

    name = "media"
    needs: Permission = MEDIA_READ

    def __init__(self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._pipeline = pipeline
        self._places = Places(store)

    # -- looking --------------------------------------------------------------------------------------------------

    async def stat(self, call: Call, path: Path) -> Node:
        await self._may(call, MEDIA_READ)
        return self._node(call, path[-1] if path else "", await self._places.find(path))

    async def list(self, call: Call, path: Path) -> AsyncIterator[Sequence[Node]]:
        await self._may(call, MEDIA_READ)
        folder, writable = await self._places.folder(path), call.actor.may(MEDIA_WRITE)
        rows = await self._store.folders.below(self._store.db, folder)
        yield [
            Node(name=row["name"], folder=True, changed=_moment(row["updated_at"]), writable=writable) for row in rows
        ]
        shown = Shown(folder, {row["name"] for row in rows})
        after: list[Any] = []
        while True:
            page = await self._store.listing.page(Filter(given={"folder": folder}), "name", after, PAGE)
            known = await self._store.assets.many(self._store.db, shown.doubtful(page))
            yield [_file(row, shown.name(row, known), writable) for row in page]
            if len(page) < PAGE:
                return
            after = key_of(page[-1], "name")

    async def open(self, call: Call, path: Path) -> Reading:
        await self._may(call, MEDIA_READ)
        row = await self._asset(path)
        return Original(self._app, row["blob"], row["bytes"])

    # -- changing -------------------------------------------------------------------------------------------------

    async def create(self, call: Call, path: Path) -> Writing:
        await self._may(call, MEDIA_WRITE)
        folder, name = await self._places.folder(path[:-1]), composed(path[-1])
        if await self._is_folder(folder, name):
            raise Conflict(f"'{name}' is a folder", code="name_taken")
        made = Arriving(self._app, self._config, self._store, self._pipeline, self._places, folder, name)
        await made.open()
        return made

    async def make_folder(self, call: Call, path: Path) -> None:
        parent = await self._places.folder(path[:-1])
        await self._absent(parent, path[-1])
        await self._run("media.create_folder", {"name": path[-1], "parent": parent}, call)

    async def remove(self, call: Call, path: Path) -> None:
        row = await self._asset(path)
        try:
            await self._run("media.delete", {"id": row["id"]}, call)
        except Conflict as error:
            places = [f"{use['type']} {use['entry']} in '{use['field']}'" for use in error.extra.get("uses", ())]
            if not places:
                raise
            raise Conflict(f"{error.detail}: {', '.join(places)}", code=error.reason) from error

    async def remove_folder(self, call: Call, path: Path) -> None:
        folder = await self._places.folder(path)
        if not folder:
            raise Conflict("the library itself stays")
        await self._run("media.delete_folder", {"id": folder}, call)

    async def rename(self, call: Call, old: Path, new: Path) -> None:
        place, parent, name = await self._places.find(old), await self._places.folder(new[:-1]), composed(new[-1])
        if place.folder is not None:
            if await self._places.asset(parent, name) is not None:
                raise Conflict(f"there is a '{name}' already", code="name_taken")
            await self._run("media.update_folder", {"id": place.folder, "name": name, "parent": parent}, call)
            return
        assert place.asset is not None  # noqa: S101 - it is one or the other
        await self._absent(parent, name)
        called = renamed(name, place.asset)
        if called != name:
            raise Reject(f"the library would call this '{called}': the end of a name says what a file is")
        await self._run("media.update", {"id": place.asset["id"], "name": name, "folder": parent}, call)

    async def _absent(self, folder: str, name: str) -> None:
        if await self._is_folder(folder, name) or await self._places.asset(folder, name) is not None:
            raise Conflict(f"there is a '{name}' already", code="name_taken")

    async def _is_folder(self, folder: str, name: str) -> bool:
        row = await self._store.folders.child(self._store.db, folder, name_key(name))
        return row is not None and row["name"] == name

    # -- parts ----------------------------------------------------------------------------------------------------

    async def _run(self, operation: str, order: dict[str, Any], call: Call) -> None:
        await self._app.operations.run(operation, order, call)

    async def _may(self, call: Call, permission: Permission) -> None:
        """What is no operation is looked at in the same way."""
        try:
            call.actor.require(permission)
        except NewelError as error:
            await self._app.operations.denied("media as files", call, error)
            raise

    async def _asset(self, path: Path) -> Row:
        place = await self._places.find(path)
        if place.asset is None:
            raise Conflict(f"'/{'/'.join(path)}' is a folder")
        return place.asset

    def _node(self, call: Call, name: str, place: Place) -> Node:
        writable = call.actor.may(MEDIA_WRITE)
        if place.asset is not None:
            return _file(place.asset, name, writable)
        return Node(name=name, folder=True, changed=_moment(place.changed), writable=writable)


def _file(row: Row, name: str, writable: bool) -> Node:
    return Node(name=name, size=row["bytes"], changed=_moment(row["updated_at"]), writable=writable)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
