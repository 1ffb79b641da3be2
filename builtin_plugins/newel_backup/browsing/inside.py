"""A snapshot as folders: ``manifest.json``, ``tables/<name>.jsonl``, ``files/<key>``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import accumulate

import orjson

from newel.contracts.files import Node, Path
from newel.errors import NotFound
from newel.structure import Structurer
from newel_backup.repo.cutter import PIECE
from newel_backup.repo.files import FileLine, files_of
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import chunks_of

MANIFEST, TABLES, FILES = "manifest.json", "tables", "files"
ENDING = ".jsonl"
PAGE = 500


class Content:
    """Bytes that lie in chunks, one after the other: any part of them can be read. Keeps ``Reading``."""

    def __init__(self, repository: Repository, chunks: Sequence[tuple[str, int]]) -> None:
        self._repository = repository
        self._ids = [id for id, _ in chunks]
        self._ends = list(accumulate(size for _, size in chunks))
        self._kept: tuple[int, bytes] | None = None

    @property
    def size(self) -> int:
        return self._ends[-1] if self._ends else 0

    async def read(self, offset: int, size: int) -> bytes:
        """At most ``size`` bytes from there; empty at the end. Raises ``Damaged``."""
        place = bisect_right(self._ends, offset)
        if place == len(self._ends):
            return b""
        if self._kept is None or self._kept[0] != place:
            self._kept = (place, await self._repository.chunk(self._ids[place]))
        start = offset - (self._ends[place - 1] if place else 0)
        return self._kept[1][start : start + size]

    async def close(self) -> None:
        self._kept = None


class Plain:
    """Bytes in memory. Keeps ``Reading``."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    async def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    async def close(self) -> None:
        """Nothing is held."""


class Inside:
    """One snapshot. Names are compared with what it holds, and never become paths."""

    def __init__(self, repository: Repository, snapshot: Snapshot, structurer: Structurer) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._structurer = structurer
        self._at = datetime.fromisoformat(snapshot.at)

    def _file(self, name: str, size: int) -> Node:
        return Node(name=name, size=size, changed=self._at)

    def _folder(self, name: str) -> Node:
        return Node(name=name, folder=True, changed=self._at)

    async def stat(self, path: Path) -> Node:
        """Raises ``NotFound``."""
        if not path:
            return self._folder("")
        if path in ((TABLES,), (FILES,)):
            return self._folder(path[0])
        if path[0] == FILES:
            async with aclosing(self._below(path[1:])) as lines:  # type: ignore[type-var]  # a generator
                async for line in lines:
                    whole = line.key == "/".join(path[1:])
                    return self._file(path[-1], line.size) if whole else self._folder(path[-1])
            raise NotFound(f"the snapshot has no {'/'.join(path)}")
        opened = await self.open(path)
        return self._file(path[-1], opened.size)

    async def list(self, path: Path) -> AsyncIterator[Sequence[Node]]:
        """The nodes of a folder, in pages. Raises ``NotFound``."""
        if not path:
            yield [self._file(MANIFEST, len(self._manifest())), self._folder(TABLES), self._folder(FILES)]
        elif path == (TABLES,):
            tables = sorted(self._snapshot.tables.items())
            yield [self._file(name + ENDING, table.stream.bytes) for name, table in tables]
        elif path[0] == FILES:
            async for page in self._files(path[1:]):
                yield page
        else:
            raise NotFound(f"the snapshot has no folder {'/'.join(path)}")

    async def _files(self, path: Path) -> AsyncIterator[Sequence[Node]]:
        page: list[Node] = []
        last, found = "", not path
        async for line in self._below(path):
            found = True
            rest = line.key.split("/")[len(path) :]
            if rest and rest[0] != last:
                last = rest[0]
                page.append(self._file(last, line.size) if len(rest) == 1 else self._folder(last))
            if len(page) == PAGE:
                yield page
                page = []
        if not found:
            raise NotFound(f"the snapshot has no folder {'/'.join((FILES, *path))}")
        yield page

    async def _below(self, path: Path) -> AsyncIterator[FileLine]:
        """The files at a place or below it: lines are in order of their keys."""
        place = "/".join(path)
        async with aclosing(files_of(self._repository, self._snapshot.files.stream)) as lines:  # type: ignore[type-var]  # a generator
            async for line in lines:
                if not place or line.key == place or line.key.startswith(f"{place}/"):
                    yield line

    async def open(self, path: Path) -> Content | Plain:
        """Raises ``NotFound``, ``Damaged``."""
        if path == (MANIFEST,):
            return Plain(self._manifest())
        if len(path) == 2 and path[0] == TABLES and path[1].endswith(ENDING):
            table = self._snapshot.tables.get(path[1].removesuffix(ENDING))
            if table is not None:
                return Content(self._repository, [one async for one in chunks_of(self._repository, table.stream)])
        if len(path) > 1 and path[0] == FILES:
            async for line in self._below(path[1:]):
                if line.key == "/".join(path[1:]):
                    sizes = [PIECE] * (len(line.pieces) - 1) + [line.size - PIECE * (len(line.pieces) - 1)]
                    return Content(self._repository, list(zip(line.pieces, sizes, strict=True)) if line.pieces else [])
        raise NotFound(f"the snapshot has no file {'/'.join(path)}")

    def _manifest(self) -> bytes:
        plain = self._structurer.unstructure(self._snapshot)
        return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
