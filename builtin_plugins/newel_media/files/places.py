"""From paths to folders and assets."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from attrs import frozen

from newel import NotFound
from newel.contracts.database import Row
from newel.contracts.files import Path
from newel_media.files.naming import parted
from newel_media.names import name_key

if TYPE_CHECKING:
    from newel_media.store import Store


@frozen
class Place:
    """A folder (the root is the one with an empty id) or an asset."""

    folder: str | None = None
    asset: Row | None = None
    changed: str = ""


class Places:
    """A statement for each name of a path."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def folder(self, path: Path) -> str:
        """The id of a folder. Raises ``NotFound``."""
        place = await self.find(path)
        if place.folder is None:
            raise NotFound(f"'{path[-1]}' is a file")
        return place.folder

    async def find(self, path: Path) -> Place:
        """Raises ``NotFound``."""
        here, changed = "", ""
        for number, given in enumerate(path):
            name = composed(given)
            row = await self._store.folders.child(self._store.db, here, name_key(name))
            if row is None or row["name"] != name:
                asset = await self.asset(here, name) if number == len(path) - 1 else None
                if asset is None:
                    raise NotFound(f"there is no '{given}' here")
                return Place(asset=asset)
            here, changed = str(row["id"]), str(row["updated_at"])
        return Place(folder=here, changed=changed)

    async def asset(self, folder: str, name: str) -> Row | None:
        """The asset that is shown by a name in a folder."""
        found = parted(name)
        if found is not None:
            row = await self._store.assets.get(self._store.db, found[1])
            if row is not None and row["folder"] == folder and row["name"] == found[0]:
                return row
        return await self._store.presence.named(folder, name)


def composed(name: str) -> str:
    """As the library keeps it: some systems send letters and their accents apart."""
    return unicodedata.normalize("NFC", name)
