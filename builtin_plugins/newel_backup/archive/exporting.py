"""Writes an archive."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import orjson

from newel.errors import Conflict
from newel_backup.archive.faults import Unwritable
from newel_backup.archive.files import given
from newel_backup.archive.kept import kept
from newel_backup.archive.live import live
from newel_backup.archive.manifest import MANIFEST, README, Packed, packed_from
from newel_backup.archive.packing import Packing
from newel_backup.repo import locks
from newel_backup.work import LATEST, Told, Work

if TYPE_CHECKING:
    from newel.app import App

_ABOUT = b"""An export of a Newel site.

tables/<name>.jsonl   rows, one a line: a JSON array of the values of the columns that manifest.json names
files/<key>           files, as they lie in the site's store
files.jsonl           the list of files: key, size, SHA-256, MIME type
manifest.json         what this is, and the SHA-256 of all tables and of the list of files

Bring it back: newel backup import FILE, then newel backup restore.
It is not encrypted, and holds everything that the site knows. Keep it like a password.
"""


class Exporting:
    """Exports of one site."""

    def __init__(self, app: App, work: Work, told: Told = lambda *_: None) -> None:
        self._app = app
        self._work = work
        self._told = told
        self._done = 0
        self._total = 0

    async def live(self, file: IO[bytes]) -> Packed:
        """The site as it is. Raises ``Unpackable``, ``Unwritable``, ``BlobsAway``, ``Conflict``."""
        site = await self._work.site()

        def expects(size: int) -> None:
            self._total = size

        return await self._written(
            file, lambda packing: live(self._app, packing, site=site, node=self._work.config.node, expects=expects)
        )

    async def snapshot(self, file: IO[bytes], target: str, wanted: str = LATEST) -> Packed:
        """A snapshot of a target. Raises ``NotFound``, ``Conflict``, ``Damaged``, ``Locked``, ``Unpackable``,
        ``Unwritable``."""
        async with (
            self._work.targets.repository(target) as repository,
            locks.held(repository, self._app.clock, "export"),
        ):
            found = await self._work.snapshot(repository, wanted)
            self._total = found.bytes
            return await self._written(file, lambda packing: kept(repository, found, packing))

    async def _written(self, file: IO[bytes], fill: Callable[[Packing], Awaitable[Packed]]) -> Packed:
        async with Packing(file, self._app.clock.now(), self._took) as packing:
            await packing.entry(README, given(_ABOUT))
            packed = await fill(packing)
            data = orjson.dumps(self._app.structurer.unstructure(packed), option=orjson.OPT_SORT_KEYS)
            packed_from(data, self._app.structurer, self._app.clock)  # what no import would take is no export
            await packing.entry(MANIFEST, given(data))
        return packed

    def _took(self, size: int) -> None:
        self._done += size
        self._told("exporting", self._done, self._total)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there, whole, when the block has ended well; nobody else may read it.

    Raises ``Conflict`` where there is one already, ``Unwritable``.
    """
    if path.exists():
        raise Conflict(f"{path} is there already", code="file_there")
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    except OSError as error:
        raise Unwritable.of(error) from None
    made = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    except OSError as error:
        raise Unwritable.of(error) from None
    finally:
        made.unlink(missing_ok=True)
