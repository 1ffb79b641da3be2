"""One repository: its settings, its chunks, its manifests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any, Self

import orjson
from attrs import asdict, frozen

from newel.clock import SystemClock
from newel.contracts.blobs import Blobs
from newel.contracts.clock import Clock
from newel.errors import NotFound
from newel.ids import Ids
from newel.structure import rfc3339
from newel_backup.repo import keys
from newel_backup.repo.cutter import Sizes
from newel_backup.repo.faults import Damaged, NoRepository, TooNew, WrongKey
from newel_backup.repo.frame import LARGEST, Frame
from newel_backup.repo.names import CHUNKS, CONFIG, FORMAT, KEYS, SNAPSHOTS, chunk_key, chunk_of, snapshot_key
from newel_backup.repo.names import snapshot_of as named

TYPE = "application/octet-stream"
OVERHEAD = 64
"""Bytes that an object may have more than what is in it."""


@frozen(kw_only=True)
class RepositoryConfig:
    """``config`` of a repository, written once."""

    format: int
    id: str
    created_at: str
    encrypted: bool
    least: int
    target: int
    most: int

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.least, self.target, self.most)


@frozen
class Found:
    """A manifest that lies there, by its name."""

    id: str
    key: str
    size: int


class Repository:
    """An open repository. ``blobs`` is the caller's to close."""

    def __init__(self, blobs: Blobs, config: RepositoryConfig, made: keys.Keys | None) -> None:
        self.blobs = blobs
        self.config = config
        self._name_key = made.name if made else None
        self._frame = Frame(config.id, made.seal if made else None)

    # -- making and opening ---------------------------------------------------------------------------------------

    @classmethod
    async def create(
        cls, blobs: Blobs, secret: keys.Secret | None, *, clock: Clock | None = None, sizes: Sizes | None = None
    ) -> Self:
        """Makes one where none is, encrypted where there is a secret. The master key is written first: a repository
        whose making was broken off is made anew."""
        now = (clock or SystemClock()).now()
        config = RepositoryConfig(
            format=FORMAT, id=Ids(lambda: now).new(), created_at=rfc3339(now), encrypted=secret is not None,
            **asdict(sizes or Sizes()),
        )  # fmt: skip
        made = None
        if secret is not None:
            master = keys.new_master()
            made = keys.Keys.of(master, config.id)
            data = await asyncio.to_thread(
                keys.wrapped, master, secret, config.id, label="first", created_at=config.created_at
            )
            await put(blobs, KEYS + keys.key_id(data), data)
        await put(blobs, CONFIG, _config_bytes(config, made))
        return cls(blobs, config, made)

    @classmethod
    async def open(cls, blobs: Blobs, secret: keys.Secret | None) -> Self:
        """Raises ``NoRepository``, ``WrongKey``, ``TooNew``, ``Damaged``."""
        try:
            data = await get(blobs, CONFIG)
        except NotFound:
            raise NoRepository(f"there is no repository of backups in {blobs.name}: newel backup init") from None
        config = _read_config(data)
        made = None
        if config.encrypted:
            if secret is None:
                raise WrongKey(
                    f"the repository in {blobs.name} is encrypted: "
                    "name its key_file or passphrase in the target's settings"
                )
            made = keys.Keys.of(await master_of(blobs, secret, config.id), config.id)
        if _config_bytes(config, made) != data:
            raise Damaged(f"the repository's config in {blobs.name} was changed")
        return cls(blobs, config, made)

    # -- chunks ---------------------------------------------------------------------------------------------------

    def name(self, data: bytes) -> str:
        """The id of a chunk. It hashes: large ones not in the event loop."""
        if self._name_key is None:
            return hashlib.sha256(data).hexdigest()
        return hmac.digest(self._name_key, data, "sha256").hex()

    async def present(self, since: str = "") -> set[str]:
        """The chunks that lie there, by their names; only those that were written ``since`` (RFC 3339)."""
        return {
            id async for blob in self.blobs.list(CHUNKS)
            if blob.modified >= since and (id := chunk_of(blob.key)) is not None
        }  # fmt: skip

    async def chunks(self) -> AsyncIterator[tuple[str, int]]:
        """Ids and sizes of all chunks that lie there."""
        async for blob in self.blobs.list(CHUNKS):
            if (id := chunk_of(blob.key)) is not None:
                yield id, blob.size

    async def renew(self, since: str) -> None:
        """Writes once more, as they are, the config and the keys that were written before: what a store locks, it
        locks from when it was written."""
        for prefix in (CONFIG, KEYS):
            async for blob in self.blobs.list(prefix):
                if blob.modified < since:
                    await put(self.blobs, blob.key, await get(self.blobs, blob.key))

    async def put_chunk(self, id: str, data: bytes) -> int:
        """Writes a chunk; answers its bytes on the target."""
        return await self._put(chunk_key(id), data)

    async def chunk(self, id: str) -> bytes:
        """Raises ``Damaged``, also where it is not there."""
        key = chunk_key(id)
        try:
            data = await self._get(key)
        except NotFound:
            raise Damaged(f"{key} is missing") from None
        if await asyncio.to_thread(self.name, data) != id:
            raise Damaged(f"{key} holds something else")
        return data

    # -- manifests ------------------------------------------------------------------------------------------------

    async def put_manifest(self, id: str, manifest: dict[str, Any]) -> int:
        """Writes a manifest; from then on there is a snapshot. Answers its bytes on the target."""
        data = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
        key = snapshot_key(id, await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest()))
        return await self._put(key, data)

    async def manifests(self) -> list[Found]:
        """What lies there, the oldest first."""
        listed = [(named(blob.key), blob) async for blob in self.blobs.list(SNAPSHOTS)]
        return [Found(name[0], blob.key, blob.size) for name, blob in listed if name is not None]

    async def manifest(self, found: Found) -> dict[str, Any]:
        """Raises ``Damaged``."""
        try:
            data = await self._get(found.key)
        except NotFound:
            raise Damaged(f"{found.key} is missing") from None
        if snapshot_key(found.id, hashlib.sha256(data).hexdigest()) != found.key:
            raise Damaged(f"{found.key} is not what its name says")
        try:
            read = orjson.loads(data)
            number = read["format"]
        except (ValueError, KeyError, TypeError):
            raise Damaged(f"{found.key} is no manifest") from None
        if number != FORMAT:
            raise TooNew(f"snapshot {found.id} has the format {number}: install a later version of Newel")
        if read.get("id") != found.id or read.get("repository") != self.config.id:
            raise Damaged(f"{found.key} is the manifest of another snapshot")
        return read  # type: ignore[no-any-return]  # structured by its reader

    async def delete(self, *names: str) -> None:
        """Of objects, by their keys."""
        await self.blobs.delete(*names)

    # -- objects --------------------------------------------------------------------------------------------------

    async def _put(self, key: str, data: bytes) -> int:
        sealed = await asyncio.to_thread(self._frame.seal, key, data)
        await put(self.blobs, key, sealed)
        return len(sealed)

    async def _get(self, key: str) -> bytes:
        return await asyncio.to_thread(self._frame.open, key, await get(self.blobs, key))


async def put(blobs: Blobs, key: str, data: bytes) -> None:
    """Writes a small object whole."""

    async def pieces() -> AsyncIterator[bytes]:
        yield data

    await blobs.put(key, pieces(), content_type=TYPE, size=len(data))


async def get(blobs: Blobs, key: str) -> bytes:
    """Reads a small object whole. Raises ``Damaged`` for one that is larger than any of ours."""
    async with blobs.get(key) as read:
        if read.length > LARGEST + OVERHEAD:
            raise Damaged(f"{key} is larger than an object may be")
        return b"".join([piece async for piece in read.pieces])


async def master_of(blobs: Blobs, secret: keys.Secret, repository: str) -> bytes:
    """The master key. Raises ``WrongKey``, ``Damaged``."""
    found = False
    async for blob in blobs.list(KEYS):
        found = True
        data = await get(blobs, blob.key)
        if blob.key != KEYS + keys.key_id(data):
            continue
        if (master := await asyncio.to_thread(keys.unwrapped, data, secret, repository)) is not None:
            return master
    if not found:
        raise Damaged(f"the keys of the repository in {blobs.name} are missing")
    what = "key file" if secret.key_file else "passphrase"
    raise WrongKey(f"this {what} does not open the repository in {blobs.name}")


def _config_bytes(config: RepositoryConfig, made: keys.Keys | None) -> bytes:
    """With a check of its own: nothing else says what it should be."""
    plain = orjson.dumps(asdict(config), option=orjson.OPT_SORT_KEYS)
    check = hashlib.sha256(plain).hexdigest() if made is None else hmac.digest(made.name, plain, "sha256").hex()
    return orjson.dumps({"config": asdict(config), "check": check}, option=orjson.OPT_SORT_KEYS)


def _read_config(data: bytes) -> RepositoryConfig:
    try:
        read = orjson.loads(data)["config"]
        if read["format"] != FORMAT:
            raise TooNew(f"the repository has the format {read['format']}: install a later version of Newel")
        config = RepositoryConfig(**read)
        if not 0 < config.least <= config.target <= config.most <= LARGEST:
            raise ValueError("its sizes are none")
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"the repository's config cannot be read: {error}") from None
    return config
