"""Takes away snapshots that no rule keeps, and chunks that no snapshot needs any more.

Manifests go first and chunks after, alone on the repository: broken off anywhere, what is left is whole snapshots and
chunks that nobody needs, which the next run takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from newel.contracts.clock import Clock
from newel.errors import Conflict, NewelError, NotFound
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
Told = Callable[[str, int, int], None]


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
    ) -> None:
        """``forget``: ids of snapshots that go whatever the rule says, damaged ones too. Those of other sites, and
        those that came in a file, are never touched but by it."""
        self._repository = repository
        self._structurer = structurer
        self._clock = clock
        self._site = site
        self._rule = rule
        self._zone = zone
        self._forget = {id.upper() for id in forget}
        self._dry_run = dry_run
        self._told = told
        self._held = 0

    async def run(self) -> Pruned:
        """Raises ``Locked``; ``Conflict`` where a manifest cannot be read: which chunks it needs is not known then."""
        async with locks.held(self._repository, self._clock, "prune", exclusive=not self._dry_run) as lock:
            fates, going, staying = await self._fates()
            if not self._dry_run and going:
                await lock.still()
                await self._removed([one.key for one in going])
            needed, seen = set[str](), set[tuple[str, ...]]()
            for snapshot in staying:
                needed.update([id async for id, _ in chunks_needed(self._repository, snapshot, seen)])
            if not self._dry_run:
                await lock.still()
            chunks, size = await self._swept(needed)
        return Pruned(
            dry_run=self._dry_run,
            snapshots=tuple(fates),
            removed=len(going),
            chunks=chunks,
            bytes=size,
            held=self._held,
        )

    async def _fates(self) -> tuple[list[Fate], list[Found], list[Snapshot]]:
        there = await self._repository.manifests()
        if unknown := self._forget - {one.id for one in there}:
            raise NotFound(f"there is no snapshot {min(unknown)}: newel backup list")
        read: dict[str, Snapshot] = {}
        for found in there:
            if found.id in self._forget:
                continue
            try:
                read[found.id] = snapshot_from(await self._repository.manifest(found), self._structurer)
            except Damaged as error:
                raise Conflict(
                    f"{error}. What it needs is not known, so nothing can be pruned: "
                    f"newel backup prune --forget {found.id}",
                    code="backup_damaged",
                ) from None
        ours = [(one.id, one.at) for one in read.values() if one.site == self._site and not one.imported_at]
        why = kept(ours, self._rule, self._zone)
        fates = []
        for found in there:
            snapshot = read.get(found.id)
            reasons = why.get(found.id, [])
            if snapshot is not None and snapshot.site != self._site:
                reasons = ["another site's"]
            elif snapshot is not None and snapshot.imported_at:
                reasons = ["imported"]
            at = snapshot.at if snapshot is not None else ""
            fates.append(Fate(id=found.id, at=at, keep=bool(reasons), why=tuple(reasons)))
        going = [found for found, fate in zip(there, fates, strict=True) if not fate.keep]
        return fates, going, [read[fate.id] for fate in fates if fate.keep]

    async def _swept(self, needed: set[str]) -> tuple[int, int]:
        count = size = 0
        batch: list[str] = []
        listed = [(id, size) async for id, size in self._repository.chunks() if id not in needed]
        for number, (id, length) in enumerate(listed):
            batch.append(chunk_key(id))
            count += 1
            size += length
            if len(batch) == BATCH or number == len(listed) - 1:
                if not self._dry_run:
                    await self._removed(batch)
                batch = []
                self._told("pruning", number + 1, len(listed))
        return count, size

    async def _removed(self, keys: list[str]) -> None:
        """A target with object lock refuses some: one by one then."""
        try:
            await self._repository.delete(*keys)
        except (NewelError, OSError):
            for key in keys:
                try:
                    await self._repository.delete(key)
                except NewelError:
                    self._held += 1
