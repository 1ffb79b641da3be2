"""From ``[database] url`` to a file, with plain words where that cannot work."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from urllib.parse import unquote

from attrs import frozen

from newel.errors import BootError


@frozen
class Place:
    """Where the file is. ``passing`` places are made for one run and removed after it."""

    path: Path
    passing: bool = False

    def remove(self) -> None:
        """Removes a passing place; leaves any other alone."""
        if self.passing:
            shutil.rmtree(self.path.parent, ignore_errors=True)


def place_of(url: str, folder: Path) -> Place:
    """The place a URL names. ``sqlite://`` is a passing one: a file in the temporary folder, unsynced, for tests.

    SQLite's own ``:memory:`` knows neither write-ahead log nor snapshots beside a writer, so tests on it would try
    another database than the one that is deployed.
    """
    rest = url.partition("://")[2]
    path, _, options = rest.partition("?")
    if options:
        raise BootError(
            f"database.url: SQLite takes no options in the URL ('?{options}'). Put them in the section [sqlite]."
        )
    if path in ("", "/", ":memory:", "/:memory:"):
        return Place(Path(tempfile.mkdtemp(prefix="newel-db-")) / "memory.db", passing=True)
    if not path.startswith("/"):
        raise BootError(f"database.url: '{url}' has a host. Write three slashes: 'sqlite:///{path}'.")
    return Place(folder / unquote(path[1:]))


def prepare(path: Path) -> None:
    """Makes the parent folder. Raises ``BootError`` where no file can be."""
    if path.is_dir():
        raise BootError(
            f"the database {path} is a folder. Name a file in database.url, e.g. sqlite:///{path.name}/newel.db."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BootError(
            f"cannot make the folder {path.parent} for the database: {error.strerror}.\n"
            "Choose another place in database.url, or give this user the right to write there."
        ) from error
