"""``/export`` and ``/import``: content as files.

What is put into ``/import`` is imported when it is whole; what became of it stands in ``<name>.report.txt`` beside it,
for the one who sent it, until the server restarts or fifty more have come.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from newel import Call, Conflict, Forbidden, NotFound, Permission, Reject, TooLarge
from newel.contracts.files import Node, Path, Reading, Writing
from newel_content.permissions import CONTENT_CREATE, CONTENT_READ_DRAFT
from newel_content.transfer.bringing import Brought
from newel_content.transfer.exporting import exportable, exported
from newel_content.transfer.importing import Importing, Wanted
from newel_content.transfer.keeping import MOST, kept_file, put

if TYPE_CHECKING:
    from newel.app import App
    from newel_content.config import ContentConfig

ENDING = ".ndjson"
REPORT = ".report.txt"
REPORTS = 50
TOLD = 1000
"""Lines of a report."""


class _Bare:
    """A tree with one level, which stays as it is."""

    async def make_folder(self, call: Call, path: Path) -> None:
        raise Forbidden("there are no folders here")

    remove_folder = make_folder

    async def remove(self, call: Call, path: Path) -> None:
        raise Forbidden("nothing is deleted here")

    async def rename(self, call: Call, old: Path, new: Path) -> None:
        raise Forbidden("nothing is renamed here")


class Streamed:
    """Keeps ``Reading``: made while it is read, so offsets come in order."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._kept = bytearray()
        self._at = 0
        self._over = False

    async def read(self, offset: int, size: int) -> bytes:
        while not self._over and offset + size > self._at + len(self._kept) and offset <= self._at + len(self._kept):
            piece = await anext(self._pieces, None)
            self._over = piece is None
            self._kept += piece or b""
        if offset >= self._at + len(self._kept) and self._over:
            return b""
        if offset != self._at:
            raise Reject("this file is made while it is read: read it from its beginning to its end")
        data = bytes(self._kept[:size])
        del self._kept[:size]
        self._at += len(data)
        return data

    async def close(self) -> None:
        self._kept.clear()
        self._over = True


class Text:
    """Keeps ``Reading``."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    async def close(self) -> None:
        """Nothing is held."""


class ExportTree(_Bare):
    """Keeps ``FileTree``: a file for each type that has entries."""

    name = "export"
    needs: Permission = CONTENT_READ_DRAFT

    def __init__(self, app: App) -> None:
        self._app = app

    async def stat(self, call: Call, path: Path) -> Node:
        if not path:
            return Node(name="", folder=True)
        return Node(name=f"{await self._type(call, path)}{ENDING}", size=None)

    async def list(self, call: Call, path: Path) -> AsyncIterator[Sequence[Node]]:
        if path:
            raise NotFound("there is no such folder")
        yield [Node(name=f"{name}{ENDING}", size=None) for name in await exportable(self._app, call)]

    async def open(self, call: Call, path: Path) -> Reading:
        name = await self._type(call, path)
        pieces = exported(self._app, call, [name])
        return Streamed(pieces)

    async def create(self, call: Call, path: Path) -> Writing:
        raise Forbidden("exports are read, not written: what is to be imported goes to /import")

    async def _type(self, call: Call, path: Path) -> str:
        call.actor.require(CONTENT_READ_DRAFT)
        name = path[0].removesuffix(ENDING) if len(path) == 1 and path[0].endswith(ENDING) else ""
        if name not in await exportable(self._app, call):
            raise NotFound(f"there is no export '{'/'.join(path)}'")
        return name


class ImportTree(_Bare):
    """Keeps ``FileTree``."""

    name = "import"
    needs: Permission = CONTENT_CREATE

    def __init__(self, app: App, config: ContentConfig) -> None:
        self._app = app
        self._config = config
        self._reports: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def stat(self, call: Call, path: Path) -> Node:
        if not path:
            return Node(name="", folder=True, writable=True)
        return Node(name=path[-1], size=len(self._report(call, path)))

    async def list(self, call: Call, path: Path) -> AsyncIterator[Sequence[Node]]:
        if path:
            raise NotFound("there is no such folder")
        mine = [(name, text) for (actor, name), text in self._reports.items() if actor == call.actor.id]
        yield [Node(name=name, size=len(text)) for name, text in mine]

    async def open(self, call: Call, path: Path) -> Reading:
        return Text(self._report(call, path))

    async def create(self, call: Call, path: Path) -> Writing:
        call.actor.require(CONTENT_CREATE)
        if len(path) != 1 or not path[0].endswith(ENDING):
            raise Reject(f"what is imported is called <name>{ENDING}")
        file = await asyncio.to_thread(kept_file, self._app.folder)
        return Incoming(self, path[0], file)

    async def taken(self, call: Call, name: str, file: BinaryIO) -> None:
        """Imports, and keeps the report. Raises ``Conflict`` where some lines were refused."""
        lines: list[str] = []

        async def tell(number: int, one: Brought) -> None:
            if len(lines) < TOLD:
                lines.append(f"line {number}: {one.detail}")

        summary = await Importing(self._app, self._config, call, Wanted(), file, tell).run()
        report = "\n".join([summary.text(), *summary.types, *lines, ""])
        self._reports[call.actor.id, f"{name.removesuffix(ENDING)}{REPORT}"] = report.encode()
        while len(self._reports) > REPORTS:
            self._reports.popitem(last=False)
        if summary.counts["failed"]:
            raise Conflict(f"{summary.text()}; {lines[0]}", code="partly")

    def _report(self, call: Call, path: Path) -> bytes:
        found = self._reports.get((call.actor.id, path[0])) if len(path) == 1 else None
        if found is None:
            raise NotFound(f"there is no report '{'/'.join(path)}'")
        return found


class Incoming:
    """Keeps ``Writing``."""

    def __init__(self, tree: ImportTree, name: str, file: BinaryIO) -> None:
        self._tree = tree
        self._name = name
        self._file = file
        self._end = 0

    async def write(self, offset: int, data: bytes) -> None:
        if offset + len(data) > MOST:
            raise TooLarge(f"an import may have {MOST:,} bytes at most", extra={"max_bytes": MOST})
        if offset != self._end:
            raise Reject("an import is sent from its beginning to its end")
        await put(self._file, offset, data)
        self._end += len(data)

    async def finish(self, call: Call) -> str:
        try:
            await self._tree.taken(call, self._name, self._file)
        finally:
            await self.abort()
        return self._name

    async def abort(self) -> None:
        await asyncio.to_thread(self._file.close)
