"""Opens targets: the store of a target is the site's own kind of store, with another URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel.contracts.blobs import Blobs
from newel.contracts.clock import Clock
from newel.errors import BootError, Conflict, NotFound, Reject
from newel.sibling import sibling
from newel.structure import rfc3339
from newel_backup.config import BackupConfig, TargetConfig
from newel_backup.throttle import Rate, Throttled

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.repo.keys import KeyRow, Secret
    from newel_backup.repo.repository import Repository

SHORTEST = 12
"""Characters of a passphrase."""


class Targets:
    """The repositories of the configuration."""

    def __init__(self, app: App, config: BackupConfig) -> None:
        self._app = app
        self._config = config

    @property
    def names(self) -> Iterable[str]:
        return sorted(self._config.targets)

    def config(self, name: str) -> TargetConfig:
        """Raises ``NotFound``."""
        if name not in self._config.targets:
            known = ", ".join(self.names) or "none"
            raise NotFound(f"there is no target '{name}' in [backup.targets]; there is: {known}", code="no_target")
        return self._config.targets[name]

    @asynccontextmanager
    async def store(self, name: str) -> AsyncIterator[Blobs]:
        """The store of a target. Raises ``NotFound``, ``BlobsAway``, ``BootError``."""
        config = self.config(name)
        values = {path: value.reveal() for path, value in config.settings.items()}
        if config.object_lock_days:
            values["blobs_s3.object_lock_days"] = str(config.object_lock_days)
        other = sibling(self._app, {**values, "blobs.url": config.url.reveal()})
        async with other.running_only(Blobs):
            store = other.need(Blobs)
            if config.mbit_per_second:
                store = Throttled(store, Rate(config.mbit_per_second, self._app.clock))
            yield store

    @asynccontextmanager
    async def repository(self, name: str, *, create: bool = False) -> AsyncIterator[Repository]:
        """An open repository; with ``create`` it is made where there is none."""
        from newel_backup.repo.faults import NoRepository
        from newel_backup.repo.repository import Repository

        secret = await self.secret(name)
        async with self.store(name) as blobs:
            try:
                found = await Repository.open(blobs, secret)
            except NoRepository:
                if not create:
                    raise
                _strong(secret)
                found = await Repository.create(blobs, secret, clock=self._app.clock)
            yield found

    async def keys(self, name: str) -> list[KeyRow]:
        """Who may open a target. Raises ``NoRepository``."""
        from newel_backup.repo.keys import described
        from newel_backup.repo.names import KEYS
        from newel_backup.repo.repository import get

        async with self.repository(name) as repository:
            return [
                described(blob.key.removeprefix(KEYS), await get(repository.blobs, blob.key))
                async for blob in repository.blobs.list(KEYS)
            ]

    async def add_key(self, name: str, secret: Secret, *, label: str, clock: Clock) -> str:
        """Lets another secret open a target; answers the key's id. Raises ``Conflict``: it is not encrypted."""
        from newel_backup.repo import keys
        from newel_backup.repo.names import KEYS
        from newel_backup.repo.repository import master_of, put

        _strong(secret)
        own = await self.secret(name)
        async with self.repository(name) as repository:
            if not repository.config.encrypted or own is None:
                raise Conflict(f"the target '{name}' is not encrypted: nothing is locked there", code="not_encrypted")
            master = await master_of(repository.blobs, own, repository.config.id)
            data = await asyncio.to_thread(
                keys.wrapped, master, secret, repository.config.id, label=label, created_at=rfc3339(clock.now())
            )
            await put(repository.blobs, KEYS + keys.key_id(data), data)
            return keys.key_id(data)

    async def remove_key(self, name: str, id: str) -> None:
        """Raises ``NotFound``; ``Conflict`` for the key that the configuration uses, and so for the last one."""
        from newel_backup.repo.keys import unwrapped
        from newel_backup.repo.names import KEYS
        from newel_backup.repo.repository import get

        own = await self.secret(name)
        async with self.repository(name) as repository:
            there = [blob.key async for blob in repository.blobs.list(KEYS)]
            if KEYS + id not in there:
                raise NotFound(f"there is no key '{id[:40]}': newel backup key list")
            data = await get(repository.blobs, KEYS + id)
            if own is not None and await asyncio.to_thread(unwrapped, data, own, repository.config.id) is not None:
                raise Conflict("this site opens the target with that key: name another one in its settings first")
            await repository.delete(KEYS + id)

    async def secret(self, name: str) -> Secret | None:
        """What opens the target's repository; ``None``: it is not encrypted. Raises ``BootError``."""
        from newel_backup.repo.keys import Secret, read_key_file

        config = self.config(name)
        if config.key_file:
            path = self._app.folder / config.key_file
            try:
                return Secret(key_file=read_key_file(await asyncio.to_thread(path.read_text, "utf-8")))
            except OSError as error:
                raise BootError(f"cannot read the key file of the target '{name}': {path}: {error.strerror}") from None
        return Secret(passphrase=config.passphrase.reveal()) if config.passphrase is not None else None


def _strong(secret: Secret | None) -> None:
    """Raises ``Reject`` for a passphrase that is guessed soon."""
    if secret is not None and not secret.key_file and len(secret.passphrase) < SHORTEST:
        raise Reject(f"a passphrase has {SHORTEST} characters or more", code="weak_passphrase")
