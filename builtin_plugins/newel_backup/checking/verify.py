"""Reads a repository back: every manifest and list, and as much of the rest as is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from random import Random

from attrs import define, field

from newel.structure import Structurer
from newel_backup.model import Problem, Verified
from newel_backup.repo.faults import Damaged
from newel_backup.repo.keys import key_id
from newel_backup.repo.manifest import Snapshot, snapshot_from
from newel_backup.repo.names import CHUNKS, CONFIG, KEYS, LOCKS, SNAPSHOTS, chunk_of, snapshot_of
from newel_backup.repo.repository import Repository, get
from newel_backup.repo.walking import chunks_needed
from newel_backup.together import together

MOST = 1000
"""Problems that a report names; the rest is only counted."""
AT_ONCE = 8
Told = Callable[[str, int, int], None]


@define
class _Work:
    """What is known so far."""

    present: dict[str, int] = field(factory=dict)
    used: set[str] = field(factory=set)
    bad: dict[str, str] = field(factory=dict)
    """What is wrong with a chunk."""
    problems: list[Problem] = field(factory=list)
    broken: set[str] = field(factory=set)
    """Snapshots with a problem."""
    count: int = 0

    def complain(self, name: str, detail: str, snapshots: tuple[str, ...] = ()) -> None:
        self.count += 1
        self.broken.update(snapshots)
        if len(self.problems) < MOST:
            self.problems.append(Problem(object=name, detail=detail, snapshots=snapshots))


class Verifying:
    """One look at a repository. It writes nothing."""

    def __init__(
        self,
        repository: Repository,
        structurer: Structurer,
        *,
        share: float = 0.0,
        only: str = "",
        seed: int = 0,
        expected: Mapping[str, str] | None = None,
        told: Told = lambda *_: None,
    ) -> None:
        """``share``: how much of the data is read, 0 (lists only) to 1. ``only``: of this one. ``expected``: ids of
        snapshots that should be there, and since when; the newest of them tells a target that went back in time."""
        self._repository = repository
        self._structurer = structurer
        self._share = share
        self._only = only
        self._random = Random(seed)  # noqa: S311 - which chunks a sample takes is no secret
        self._expected = expected or {}
        self._told = told
        self._work = _Work()
        self.damaged: list[str] = []
        """Chunks that are worth nothing: whoever repairs deletes them, so that the next backup writes them again."""

    async def run(self) -> Verified:
        """Raises ``BlobsAway``; what is wrong with the repository is in the answer."""
        work = self._work
        await self._named()
        snapshots = [one async for one in self._snapshots()]
        seen: set[tuple[str, ...]] = set()
        for snapshot in snapshots:
            await self._needed(snapshot, seen)
        work.bad.update(dict.fromkeys(work.used - work.present.keys(), "it is missing"))
        read, size = await self._read()
        await self._blamed(snapshots)
        whole = [one.id for one in snapshots if one.id not in work.broken] if self._share >= 1 else []
        return Verified(
            ok=not work.count, snapshots=len(snapshots), chunks=len(work.present), read=read, bytes=size,
            unused=0 if self._only else len(work.present.keys() - work.used), whole=tuple(whole),
            problems=tuple(work.problems), problem_count=work.count,
        )  # fmt: skip

    async def _named(self) -> None:
        """Every object has a name that the format knows, and keys are what theirs say."""
        blobs = self._repository.blobs
        async for blob in blobs.list():
            if (id := chunk_of(blob.key)) is not None:
                self._work.present[id] = blob.size
            elif blob.key.startswith(KEYS):
                if KEYS + key_id(await get(blobs, blob.key)) != blob.key:
                    self._work.complain(blob.key, "it is not what its name says")
            elif not blob.key.startswith((LOCKS, SNAPSHOTS)) and blob.key != CONFIG:
                self._work.complain(blob.key, "it is no object of a repository")
            elif blob.key.startswith(SNAPSHOTS) and snapshot_of(blob.key) is None:
                self._work.complain(blob.key, "it has no name of a manifest")

    async def _snapshots(self) -> AsyncIterator[Snapshot]:
        there = [one for one in await self._repository.manifests() if self._only in ("", one.id)]
        ids = {one.id for one in there}
        newest = max(self._expected, default="")
        for id in sorted(self._expected.keys() - ids):
            why = "the target went back in time, or somebody deleted it" if id == newest else "somebody deleted it"
            self._work.complain(id, f"its manifest of {self._expected[id]} is gone: {why}")
        for found in there:
            try:
                yield snapshot_from(await self._repository.manifest(found), self._structurer)
            except Damaged as error:
                self._work.complain(found.key, str(error), (found.id,))

    async def _needed(self, snapshot: Snapshot, seen: set[tuple[str, ...]]) -> None:
        """Notes what a snapshot needs."""
        try:
            async for id, _ in chunks_needed(self._repository, snapshot, seen):
                self._work.used.add(id)
        except Damaged as error:
            self._work.complain(snapshot.id, str(error), (snapshot.id,))

    async def _blamed(self, snapshots: Sequence[Snapshot]) -> None:
        """Says of each bad chunk which snapshots it spoils."""
        work = self._work
        spoiled: dict[str, list[str]] = {id: [] for id in work.bad}
        for snapshot in snapshots if work.bad else ():
            with suppress(Damaged):  # what is behind an unreadable list is not known; the snapshot is told of already
                async for id, _ in chunks_needed(self._repository, snapshot):
                    if id in spoiled and snapshot.id not in spoiled[id]:
                        spoiled[id].append(snapshot.id)
        for id, detail in sorted(work.bad.items()):
            work.complain(f"{CHUNKS}{id[:2]}/{id}", detail, tuple(spoiled[id]))

    async def _read(self) -> tuple[int, int]:
        work = self._work
        wanted = sorted(work.present if not self._only else work.used & work.present.keys())
        if self._share < 1:
            wanted = self._random.sample(wanted, round(len(wanted) * self._share))
        total = sum(work.present[id] for id in wanted)
        waiting = iter(wanted)
        count = done = 0

        async def worker() -> None:
            nonlocal count, done
            for id in waiting:
                try:
                    await self._repository.chunk(id)
                except Damaged as error:
                    self.damaged.append(id)
                    work.bad[id] = str(error)
                count += 1
                done += work.present[id]
                self._told("reading", done, total)

        await together(*[worker() for _ in range(AT_ONCE)])
        return count, done
