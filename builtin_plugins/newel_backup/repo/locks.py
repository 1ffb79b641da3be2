"""Locks on a repository: many may add to it at once, and who takes away is alone.

A store can neither compare nor count, so a lock is an object that is written first and looked around for afterwards: of
two that collide, both see each other, and the one that came later goes. A lock that is not renewed runs out.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import orjson
from attrs import asdict, frozen

from newel.contracts.blobs import BlobsAway
from newel.contracts.clock import Clock
from newel.errors import NotFound
from newel.ids import Ids
from newel.structure import rfc3339
from newel_backup.repo.faults import Locked
from newel_backup.repo.names import LOCKS
from newel_backup.repo.repository import Repository, get, put

EXPIRY = timedelta(minutes=30)
SPARE = timedelta(minutes=1)
"""What has to be left of a lock where something is done under it."""
RENEWED = 300.0
"""Seconds between two renewals."""


@frozen(kw_only=True)
class Lock:
    """One lock. Times are RFC 3339."""

    id: str
    purpose: str
    exclusive: bool
    node: str
    created_at: str
    expires_at: str


class Held:
    """A lock that is ours."""

    def __init__(self, repository: Repository, lock: Lock, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self.lock = lock

    async def still(self) -> None:
        """Raises ``Locked`` where it is no longer ours: somebody removed it, or it ran out, since this process stood
        still or its store was away. Then others may have been at work."""
        if rfc3339(self._clock.now() + SPARE) < self.lock.expires_at:
            try:
                await get(self._repository.blobs, LOCKS + self.lock.id)
            except NotFound:
                pass
            else:
                return
        raise Locked("the lock on the repository was lost while this was running: run it again")

    async def renewing(self) -> None:
        """Renews until cancelled, or until it is lost: what somebody removed does not come back."""
        while True:
            await self._clock.sleep(RENEWED)
            try:
                await self.still()
                lock = renewed(self.lock, self._clock.now())
                await write(self._repository, lock)
            except Locked:
                return
            except BlobsAway:  # there is time for some more attempts
                continue
            self.lock = lock


def renewed(lock: Lock, now: datetime) -> Lock:
    return Lock(**{**asdict(lock), "expires_at": rfc3339(now + EXPIRY)})


async def write(repository: Repository, lock: Lock) -> None:
    await put(repository.blobs, LOCKS + lock.id, orjson.dumps(asdict(lock)))


async def locks(repository: Repository) -> list[Lock]:
    """All locks that lie there, in the order they came. One that cannot be read holds until somebody unlocks."""
    found = []
    async for blob in repository.blobs.list(LOCKS):
        try:
            read: dict[str, Any] = orjson.loads(await get(repository.blobs, blob.key))
            found.append(Lock(**read))
        except NotFound:
            continue
        except (ValueError, TypeError):
            id = blob.key.removeprefix(LOCKS)
            found.append(
                Lock(id=id, purpose="unreadable", exclusive=True, node="?", created_at=blob.modified, expires_at="9999")
            )
    return found


@asynccontextmanager
async def held(repository: Repository, clock: Clock, purpose: str, *, exclusive: bool = False) -> AsyncIterator[Held]:
    """A lock for this block. Raises ``Locked`` where another one is in its way."""
    now = clock.now()
    lock = Lock(
        id=Ids(clock.now).new().lower(), purpose=purpose, exclusive=exclusive, node=socket.gethostname(),
        created_at=rfc3339(now), expires_at=rfc3339(now + EXPIRY),
    )  # fmt: skip
    await _nobody(repository, lock, rfc3339(now))
    await write(repository, lock)
    try:
        await _nobody(repository, lock, rfc3339(now))
        mine = Held(repository, lock, clock)
        renewal = asyncio.create_task(mine.renewing())
        try:
            yield mine
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
    finally:
        with suppress(BlobsAway):  # it runs out by itself, and what was done is done
            await repository.blobs.delete(LOCKS + lock.id)


async def _nobody(repository: Repository, mine: Lock, now: str) -> None:
    for other in await locks(repository):
        if other.id == mine.id or other.expires_at < now or not (other.exclusive or mine.exclusive):
            continue
        raise Locked(
            f"{other.node} has been at it since {other.created_at} ({other.purpose}). If it is no longer running: "
            "newel backup unlock"
        )
