"""A folder of this machine into the library. What is there already is left alone, so the same once more goes on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from attrs import frozen

from newel import Call, Reject
from newel.errors import NewelError
from newel.zips import is_junk
from newel_media.model import Given
from newel_media.names import cleaned
from newel_media.sniffing import UNKNOWN, sniffed

if TYPE_CHECKING:
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store
    from newel_media.uploads.desk import Uploads
    from newel_media.uploads.folders import Folders
    from newel_media.uploads.taking import Taking

PIECE = 1 << 18


@frozen
class Local:
    """A file of this machine. ``names``: its folders below the one that is imported, and its own."""

    path: Path
    names: tuple[str, ...]
    bytes: int

    @property
    def shown(self) -> str:
        return "/".join(self.names)


@frozen
class Outcome:
    """What became of a file, or in a dry run would."""

    name: str
    state: Literal["stored", "there", "failed"]
    asset: str | None = None
    detail: str | None = None


def walk(root: Path) -> tuple[list[Local], list[str]]:
    """All plain files, in order, and what is left out: hidden ones, links (they may lead anywhere), devices."""
    files: list[Local] = []
    left: list[str] = []
    for place, folders, names in os.walk(root, followlinks=False):
        here = tuple(_text(part) for part in Path(place).relative_to(root).parts)
        for name in [*folders]:
            if is_junk((name,)) or (Path(place) / name).is_symlink():
                folders.remove(name)
                left.append("/".join((*here, _text(name), "")))
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            own = (*here, _text(name))
            if is_junk((name,)) or path.is_symlink() or not path.is_file():
                left.append("/".join(own))
            else:
                files.append(Local(path, own, path.stat().st_size))
    return files, left


def _text(name: str) -> str:
    """A name as text: file systems take any bytes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Importing:
    """Takes files in, one after the other."""

    def __init__(self, uploads: Uploads, store: Store, pipeline: Pipeline) -> None:
        self._folders: Folders = uploads.folders
        self._taking: Taking = uploads.taking
        self._store = store
        self._pipeline = pipeline

    async def run(
        self, call: Call, files: Sequence[Local], to: tuple[str, ...], private: bool, tell: Callable[[Local], None]
    ) -> list[Outcome]:
        """``to``: the folder of the library, by its names. A file that fails does not stop the others."""
        outcomes = []
        made: dict[tuple[str, ...], str | None] = {}
        for file in files:
            try:
                place = (*to, *file.names[:-1])
                if place not in made:
                    made[place] = await self._folders.bring(call, place)
                given = Given(name=file.names[-1], folder=made[place], private=private)
                new, id = await self._taking.bring(call, _read(file.path), given, "import")
                outcomes.append(Outcome(file.shown, "stored" if new else "there", id))
            except NewelError as error:
                outcomes.append(_failed(file, error))
            tell(file)
        return outcomes

    async def rehearse(
        self, files: Sequence[Local], to: tuple[str, ...], tell: Callable[[Local], None]
    ) -> list[Outcome]:
        """What would become of them, as far as it can be known without looking into images; nothing is changed."""
        outcomes = []
        for file in files:
            try:
                outcomes.append(await self._rehearsed(file, (*to, *file.names[:-1])))
            except NewelError as error:
                outcomes.append(_failed(file, error))
            tell(file)
        return outcomes

    async def _rehearsed(self, file: Local, place: tuple[str, ...]) -> Outcome:
        name = file.names[-1]
        try:
            mime = await asyncio.to_thread(sniffed, file.path, name)
            sha256 = await asyncio.to_thread(_digest, file.path)
        except OSError as error:
            raise Reject(f"cannot be read: {error.strerror}") from None
        if mime != UNKNOWN and not self._pipeline.allows(mime):
            raise Reject(f"files of the type {mime} are not allowed here")
        folder = await self._folders.find(None, place)
        if place and folder is None:
            return Outcome(file.shown, "stored")
        there = await self._store.presence.there(folder, cleaned(name, mime), sha256)
        return Outcome(file.shown, "stored" if there is None else "there", there)


def _failed(file: Local, error: NewelError) -> Outcome:
    faults = [f"{fault.pointer} {fault.detail}" for fault in error.problems]
    return Outcome(file.shown, "failed", None, "; ".join([error.detail, *faults]))


async def _read(path: Path) -> AsyncIterator[bytes]:
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise Reject(f"cannot be read: {error.strerror}") from None
    with file:
        while piece := await asyncio.to_thread(_piece, file):
            yield piece


def _piece(file: BinaryIO) -> bytes:
    try:
        return file.read(PIECE)
    except OSError as error:
        raise Reject(f"cannot be read: {error.strerror}") from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
