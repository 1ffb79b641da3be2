"""Takes away snapshots that no rule keeps, and chunks that no snapshot needs any more.

Manifests go first and chunks after, alone on the repository: broken off anywhere, what is left is whole snapshots and
chunks that nobody needs, which the next run takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from newel.contracts.blobs import BlobsAway
from newel.contracts.clock import Clock
from newel.errors import Conflict, NotFound
from newel.structure import Structurer
from newel_backup.keeping.retention import Keep, kept
from newel_backup.model import Fate, Pruned
from newel_backup.repo import locks
from newel_backup.repo.faults import Damaged
from newel_backup.repo.manifest import Snapshot, snapshot_from
from newel_backup.repo.names import chunk_key
from newel_backup.repo.repository import Found, Repository
from newel_backup.repo.walking import chunks_needed

BATCH = 500
REFUSED = "blobs_refused"
"""The code of a store that is there and does not do it."""
Told = Callable[[str, int, int], None]
Going = Callable[[Sequence[str]], Awaitable[None]]


async def _nobody(ids: Sequence[str]) -> None:
    """Hears that snapshots go."""


class Pruning:
    """One run."""

    def __init__(
        self,
        repository: Repository,
        structurer: Structurer,
        clock: Clock,
        *,
        site: str,
        rule: Keep,
        zone: str = "UTC",
        forget: Collection[str] = (),
        dry_run: bool = False,
        told: Told = lambda *_: None,
        going: Going = _nobody,
    ) -> None:
        """``forget``: ids of snapshots that go whatever the rule says, damaged ones too. Those of other sites, and
        those that came in a file, are never touched but by it. ``going`` hears of what goes before it does, so that
        nobody misses it where this dies."""
        self._repository = repository
        self._structurer = structurer
        self._clock = clock
        self._site = site
        self._rule = rule
        self._zone = zone
        self._forget = {id.upper() for id in forget}
        self._dry_run = dry_run
        self._told = told
        self._going = going

    async def run(self) -> Pruned:
        """Raises ``Locked``; ``Conflict`` where a manifest cannot be read: which chunks it needs is not known then."""
        async with locks.held(self._repository, self._clock, "prune", exclusive=not self._dry_run) as lock:
            fates, going, read = await self._fates()
            stays = {fate.id for fate in fates if fate.keep}
            refused = set[str]()
            if not self._dry_run and going:
                await lock.still()
                await self._going([one.id for one in going])
                refused = await self._refused([one.key for one in going])
                # What the target keeps for now is whole until it goes.
                stays |= {one.id for one in going if one.key in refused}
            needed, seen = set[str](), set[tuple[str, ...]]()
            for snapshot in (read[id] for id in stays if id in read):
                needed.update([id async for id, _ in chunks_needed(self._repository, snapshot, seen)])
            chunks, size, locked = await self._swept(needed, lock)
        return Pruned(
            dry_run=self._dry_run,
            snapshots=tuple(fates),
            removed=len(going) - len(refused),
            chunks=chunks,
            bytes=size,
            held=len(refused) + locked,
        )

    async def _fates(self) -> tuple[list[Fate], list[Found], dict[str, Snapshot]]:
        """What becomes of each, those that go, and what they all are: damaged ones that are to go have no entry."""
        there = await self._repository.manifests()
        if unknown := self._forget - {one.id for one in there}:
            raise NotFound(f"there is no snapshot {min(unknown)}: newel backup list")
        read: dict[str, Snapshot] = {}
        for found in there:
            try:
                read[found.id] = snapshot_from(await self._repository.manifest(found), self._structurer)
            except Damaged as error:
                if found.id in self._forget:
                    continue
                raise Conflict(
                    f"{error}. What it needs is not known, so nothing can be pruned: "
                    f"newel backup prune --forget {found.id}",
                    code="backup_damaged",
                ) from None
        staying = [one for one in read.values() if one.id not in self._forget]
        ours = [(one.id, one.at) for one in staying if one.site == self._site and not one.imported_at]
        why = await asyncio.to_thread(kept, ours, self._rule, self._zone)  # which may read the file of a time zone
        fates = []
        for found in there:
            snapshot = read.get(found.id)
            reasons = why.get(found.id, [])
            if found.id in self._forget:
                reasons = []
            elif snapshot is not None and snapshot.site != self._site:
                reasons = ["another site's"]
            elif snapshot is not None and snapshot.imported_at:
                reasons = ["imported"]
            at = snapshot.at if snapshot is not None else ""
            fates.append(Fate(id=found.id, at=at, keep=bool(reasons), why=tuple(reasons)))
        going = [found for found, fate in zip(there, fates, strict=True) if not fate.keep]
        return fates, going, read

    async def _swept(self, needed: set[str], lock: locks.Held) -> tuple[int, int, int]:
        """Removes what is not needed; answers the chunks and bytes that went, and how many the target keeps."""
        count = size = held = 0
        going = {chunk_key(id): length async for id, length in self._repository.chunks() if id not in needed}
        keys = list(going)
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            refused = set[str]()
            if not self._dry_run:
                await lock.still()  # else somebody may be naming them
                refused = await self._refused(batch)
            held += len(refused)
            count += len(batch) - len(refused)
            size += sum(going[key] for key in batch if key not in refused)
            self._told("pruning", start + len(batch), len(keys))
        return count, size, held

    async def _refused(self, keys: Sequence[str]) -> set[str]:
        """Removes objects; answers those that a target with object lock keeps. Raises ``BlobsAway`` where it is not
        there."""
        try:
            await self._repository.delete(*keys)
        except BlobsAway as error:
            if error.reason != REFUSED:
                raise
            return {key for key in keys if await self._keeps(key)}
        return set()

    async def _keeps(self, key: str) -> bool:
        try:
            await self._repository.delete(key)
        except BlobsAway as error:
            if error.reason != REFUSED:
                raise
            return True
        return False
