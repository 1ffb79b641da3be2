"""Multipart uploads: a folder each, with a file for each part."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from newel.blobs import Arriving, checked_part, in_order
from newel.contracts.blobs import Blob, Part
from newel.errors import NotFound
from newel_blobs_local.folder import Folder
from newel_blobs_local.incoming import Incoming

if TYPE_CHECKING:
    from newel_blobs_local.store import LocalBlobs

_ID = re.compile(r"[0-9a-f]{32}")
_ABOUT = "about"


class LocalUpload:
    """One upload. Its parts are called ``<number>-<tag>``."""

    def __init__(self, store: LocalBlobs, id: str, key: str, content_type: str) -> None:
        self._store = store
        self._id = id
        self._key = key
        self._content_type = content_type
        self._path = store.private.uploads / id
        self._folder = Folder(self._path)

    @property
    def id(self) -> str:
        return self._id

    @classmethod
    def begun(cls, store: LocalBlobs, key: str, content_type: str) -> LocalUpload:
        """Blocking; for threads."""
        upload = cls(store, secrets.token_hex(16), key, content_type)
        upload._path.mkdir()
        (upload._path / _ABOUT).write_text(json.dumps({"key": key, "type": content_type}), "utf-8")
        return upload

    @classmethod
    def found(cls, store: LocalBlobs, key: str, id: str) -> LocalUpload:
        """Blocking; for threads. Raises ``NotFound``."""
        if _ID.fullmatch(id):
            with suppress(FileNotFoundError):
                about = json.loads((store.private.uploads / id / _ABOUT).read_text("utf-8"))
                if about["key"] == key:
                    return cls(store, id, key, about["type"])
        raise NotFound("there is no such upload")

    async def put_part(self, number: int, pieces: AsyncIterator[bytes], *, size: int) -> Part:
        checked_part(number, size, self._store.part_size)
        part = Part(number=number, size=size, tag=secrets.token_hex(8))
        async with self._store.incoming() as incoming:
            await self._store.fill(incoming, pieces, Arriving(size))
            await self._store.disk.run(self._keep, incoming, part)
        return part

    def _keep(self, incoming: Incoming, part: Part) -> None:
        incoming.settle()
        try:
            incoming.land(self._folder, _file(part))
            names = os.listdir(self._path)  # noqa: PTH208 - names are what is wanted
        except FileNotFoundError:
            raise NotFound("there is no such upload") from None
        for name in names:
            if name.startswith(f"{part.number:05}-") and name != _file(part):
                self._folder.remove(name)

    async def finish(self, parts: Sequence[Part]) -> Blob:
        ordered = in_order(parts)
        disk = self._store.disk
        async with self._store.incoming() as incoming:
            for part in ordered:
                await disk.run(self._append, incoming, part)
            blob = await disk.run(self._store.keep, incoming, self._key, self._content_type)
            await disk.run(self._drop)
            return blob

    def _append(self, incoming: Incoming, part: Part) -> None:
        try:
            fd = self._folder.open(_file(part))
        except (NotFound, FileNotFoundError):
            raise NotFound(f"part {part.number} is not there") from None
        try:
            incoming.append(fd, 0, os.fstat(fd).st_size)
        finally:
            os.close(fd)

    async def abort(self) -> None:
        await self._store.disk.run(self._drop)

    def _drop(self) -> None:
        # First under another name, so that nobody meets half of it.
        gone = self._store.private.temporary / f"{self._id}-{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            self._path.rename(gone)
            shutil.rmtree(gone)


def _file(part: Part) -> str:
    tag = part.tag if re.fullmatch(r"[0-9a-f]{16}", part.tag) else "none"
    return f"{part.number:05}-{tag}"
