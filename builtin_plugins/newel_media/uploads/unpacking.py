"""An archive, entry by entry, through the same way as every file. What it unpacks to is counted as it comes out."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import evolve, frozen

from newel import Call, Reject, Transient, zips
from newel.errors import NewelError
from newel_media.model import Given
from newel_media.names import name_key
from newel_media.uploads.folders import Folders
from newel_media.uploads.taking import Taking

if TYPE_CHECKING:
    from newel_media.config import MediaConfig

RATIO = 200
"""How much larger an archive may become by being unpacked; text becomes ten times as large, pictures hardly."""
GRACE = 16 << 20
"""Bytes that any archive may become."""
PIECE = 1 << 18
SHOWN = 200
"""Characters of an entry's name in results."""

Progress = Callable[[int, int, str], Awaitable[None]]


class Bomb(Reject):
    """An archive that becomes too large. Nothing more of it is unpacked."""

    code = "archive_too_large"


@frozen(kw_only=True)
class Entry:
    """What became of a file of an archive."""

    name: str
    state: Annotated[Literal["stored", "there", "failed"], "`there`: its folder had it already."]
    asset: str | None = None
    code: str | None = None
    detail: str | None = None


@frozen(kw_only=True)
class Unpacked:
    """What became of an archive."""

    stored: int
    there: int
    failed: int
    skipped: Annotated[int, "Hidden files, and what systems put beside files."]
    stopped: Annotated[str | None, "Why the rest was not looked at."]
    files: tuple[Entry, ...]


@frozen(kw_only=True)
class Survey:
    """What an archive says of itself, before it is believed."""

    files: int
    bytes: int


class Budget:
    """How many bytes an archive may still become."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self, count: int) -> None:
        """Raises ``Bomb``."""
        self._left -= count
        if self._left < 0:
            raise Bomb("the archive becomes too large when it is unpacked")


class Unpacking:
    """Takes archives apart."""

    def __init__(self, config: MediaConfig, folders: Folders, taking: Taking) -> None:
        self._config = config
        self._folders = folders
        self._taking = taking

    def survey(self, path: Path) -> Survey:
        """Looks at the directory only. Raises ``Reject`` for what is no archive, or one that is too large. Reads the
        file: not in the loop."""
        try:
            with zips.opened(path) as archive:
                infos = archive.infolist()
        except zips.BROKEN:
            raise Reject("this is no ZIP archive, or a broken one", code="bad_archive") from None
        files = [info for info in infos if not info.is_dir()]
        if len(infos) > self._config.archive_files:
            most = self._config.archive_files
            raise Reject(f"an archive may have {most:,} files at most", code="too_many_files")
        total = sum(info.file_size for info in files)
        Budget(self._most(path)).spend(total)
        return Survey(files=len(files), bytes=total)

    def _most(self, path: Path) -> int:
        return min(self._config.archive_bytes, path.stat().st_size * RATIO + GRACE)

    async def unpack(self, call: Call, path: Path, given: Given, progress: Progress) -> Unpacked:
        """All that is in it, below the folder of ``given``. Raises ``Transient``; begun again it goes on."""
        counts = {"stored": 0, "there": 0, "failed": 0}
        entries: list[Entry] = []
        skipped, stopped = 0, None
        seen: set[tuple[str, ...]] = set()
        made: dict[tuple[str, ...], str | None] = {(): given.folder}
        async with AsyncExitStack() as stack:
            opening = zips.opened(path)
            archive = await asyncio.to_thread(opening.__enter__)
            stack.push_async_callback(asyncio.to_thread, opening.__exit__, None, None, None)
            infos = [info for info in archive.infolist() if not info.is_dir()]
            budget = Budget(await asyncio.to_thread(self._most, path))
            for number, info in enumerate(infos):
                shown = info.filename[:SHOWN]
                await progress(number, len(infos), shown)
                try:
                    names = zips.place_of(info)
                    if zips.is_junk(names):
                        skipped += 1
                        continue
                    _once(names, seen)
                    folder = await self._folder(call, made, names[:-1])
                    one = evolve(given, name=names[-1], folder=folder)
                    new, asset = await self._taking.bring(call, _pieces(archive, info, budget), one, "archive")
                    entry = Entry(name=shown, state="stored" if new else "there", asset=asset)
                except Transient:
                    raise
                except NewelError as error:
                    entry = Entry(name=shown, state="failed", code=error.reason, detail=_told(error))
                    stopped = error.detail if isinstance(error, Bomb) else None
                counts[entry.state] += 1
                entries.append(entry)
                if stopped is not None:
                    break
        return Unpacked(**counts, skipped=skipped, stopped=stopped, files=tuple(entries))

    async def _folder(self, call: Call, made: dict[tuple[str, ...], str | None], names: tuple[str, ...]) -> str | None:
        key = tuple(map(name_key, names))
        if key not in made:
            made[key] = await self._folders.bring(call, names, made[()])
        return made[key]


def _once(names: tuple[str, ...], seen: set[tuple[str, ...]]) -> None:
    """Two entries of one name, or of names that some systems take for one, say two things of the same file."""
    key = tuple(name_key(name) for name in names)
    if key in seen:
        raise Reject("the archive has this name twice", code="duplicate_name")
    seen.add(key)


async def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> AsyncIterator[bytes]:
    """What an entry really holds, whatever it says of itself. Raises ``Reject``."""
    count = 0
    try:
        with await asyncio.to_thread(archive.open, info) as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                count += len(piece)
                budget.spend(len(piece))
                yield piece
    except zips.BROKEN as error:
        raise Reject(f"it cannot be unpacked: {error}"[:300], code="damaged") from None
    if count != info.file_size:
        raise Reject("it has another size than the archive says", code="damaged")


def _told(error: NewelError) -> str:
    return "; ".join([error.detail, *(f"{fault.pointer} {fault.detail}" for fault in error.problems)])[:500]
