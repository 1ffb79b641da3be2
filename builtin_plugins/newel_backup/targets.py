"""Opens targets: the store of a target is the site's own kind of store, with another URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel.contracts.blobs import Blobs
from newel.errors import BootError, NotFound
from newel.sibling import sibling
from newel_backup.config import BackupConfig, TargetConfig
from newel_backup.repo.faults import NoRepository
from newel_backup.repo.keys import Secret, read_key_file
from newel_backup.repo.repository import Repository

if TYPE_CHECKING:
    from newel.app import App


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
        other = sibling(self._app, {**values, "blobs.url": config.url.reveal()})
        async with other.running_only(Blobs):
            yield other.need(Blobs)

    @asynccontextmanager
    async def repository(self, name: str, *, create: bool = False) -> AsyncIterator[Repository]:
        """An open repository; with ``create`` it is made where there is none."""
        secret = await self.secret(name)
        async with self.store(name) as blobs:
            try:
                found = await Repository.open(blobs, secret)
            except NoRepository:
                if not create:
                    raise
                found = await Repository.create(blobs, secret, clock=self._app.clock)
            yield found

    async def secret(self, name: str) -> Secret | None:
        """What opens the target's repository; ``None``: it is not encrypted. Raises ``BootError``."""
        config = self.config(name)
        if config.key_file:
            path = self._app.folder / config.key_file
            try:
                return Secret(key_file=read_key_file(await asyncio.to_thread(path.read_text, "utf-8")))
            except OSError as error:
                raise BootError(f"cannot read the key file of the target '{name}': {path}: {error.strerror}") from None
        return Secret(passphrase=config.passphrase.reveal()) if config.passphrase is not None else None
