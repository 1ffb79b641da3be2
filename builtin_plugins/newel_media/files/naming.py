"""What assets are called in a tree, where a name in a folder is there once.

In the library several assets of a folder may have one name, and a folder may have it as well. The oldest asset keeps
it; each other one is shown with its id, as ``cat (01J9ZC3Y5N8K2Q7W4R6T0V1X3B).jpg``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from newel.contracts.database import Row

_WITH_ID = re.compile(r"(.*) \(([0-9A-HJKMNP-TV-Z]{26})\)(\.[^.]*)?", re.DOTALL)


def with_id(row: Row) -> str:
    """A name that no other asset is shown by."""
    stem, dot, ending = row["name"].rpartition(".")
    return f"{stem} ({row['id']}).{ending}" if dot else f"{row['name']} ({row['id']})"


def parted(name: str) -> tuple[str, str] | None:
    """The asset's own name and its id, where a name may be one of those."""
    found = _WITH_ID.fullmatch(name)
    return None if found is None else (found[1] + (found[3] or ""), found[2])


class Shown:
    """Names the assets of one folder, that come in the order of names and ids."""

    def __init__(self, folder: str, folders: Collection[str]) -> None:
        self._folder = folder
        self._taken = folders
        self._last = ""

    def doubtful(self, rows: Sequence[Row]) -> list[str]:
        """The ids in names that look as if they were made here."""
        return [found[1] for row in rows if (found := parted(row["name"])) is not None]

    def name(self, row: Row, known: Mapping[str, Row]) -> str:
        """``known``: the assets of ``doubtful``, as far as there are such."""
        name = str(row["name"])
        again, self._last = name == self._last, name
        return with_id(row) if again or name in self._taken or self.is_other(name, known) else name

    def is_other(self, name: str, known: Mapping[str, Row]) -> bool:
        """Whether this name, which somebody gave an asset, is how another one is shown."""
        found = parted(name)
        other = None if found is None else known.get(found[1])
        return found is not None and other is not None and other["folder"] == self._folder and other["name"] == found[0]
