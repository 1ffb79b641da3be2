"""What can be done with the backups of this site, whoever asks: an operation, a job, a command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from newel.contracts.audit import Act, Audit, Change
from newel.contracts.database import Database
from newel.errors import Conflict, NotFound, Reject
from newel.structure import rfc3339
from newel.transact import transact
from newel_backup.known import DRILL_SECONDS, Known
from newel_backup.model import Differences, Listing, PlaceRow
from newel_backup.targets import Targets

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App
    from newel.contracts.files import Path
    from newel_backup.browsing.inside import Inside
    from newel_backup.config import BackupConfig
    from newel_backup.model import Drilled, Pieces, Pruned, Verified
    from newel_backup.repo.locks import Lock
    from newel_backup.repo.manifest import Snapshot
    from newel_backup.repo.repository import Repository

Told = Callable[[str, int, int], None]
LATEST = "latest"
LISTED = 10_000
"""Nodes of a folder that an operation answers."""


class Work:
    """Backups of one site. It needs the database; what it imports is heavy, and is imported when it is asked for."""

    def __init__(self, app: App, config: BackupConfig) -> None:
        self._app = app
        self.config = config
        self.targets = Targets(app, config)

    @property
    def known(self) -> Known:
        return Known(self._app.need(Database))

    async def site(self) -> str:
        """The site's id."""
        return await self.known.site(self._app.ids)

    async def run(self, call: Call, target: str, *, schedule: str = "", told: Told = lambda *_: None) -> Snapshot:
        """Backs up; see ``Making.run``."""
        from newel_backup.making import Making

        return await Making(self._app, self.config, self.targets).run(call, target, schedule=schedule, told=told)

    async def snapshots(self, target: str) -> list[Snapshot]:
        """The snapshots on a target, the oldest first. Unreadable ones are left out: verify tells of them. Raises
        ``NoRepository`` where there should be some."""
        from newel_backup.repo.faults import NoRepository

        try:
            return await self._snapshots(target)
        except NoRepository:
            if await self.known.snapshots(target):
                raise
            return []

    async def _snapshots(self, target: str) -> list[Snapshot]:
        from newel_backup.repo.faults import Damaged, TooNew
        from newel_backup.repo.manifest import snapshot_from

        found = []
        async with self.targets.repository(target) as repository:
            for one in await repository.manifests():
                try:
                    found.append(snapshot_from(await repository.manifest(one), self._app.structurer))
                except (Damaged, TooNew) as error:
                    self._app.log.warning(str(error), extra={"target": target})
        return found

    async def snapshot(self, repository: Repository, wanted: str, *, at: str = "", site: str = "") -> Snapshot:
        """The one of that id, of a unique beginning of it, or the ``latest`` (with ``at``: until then).

        Of several sites in a repository, the latest is that of ``site``; where it has none, that of any. Raises
        ``NotFound``, ``Conflict`` for a beginning of several, ``Damaged``.
        """
        from newel_backup.repo.manifest import snapshot_from

        there = await repository.manifests()
        if wanted.lower() == LATEST:
            others: Snapshot | None = None
            for one in reversed(there):
                snapshot = snapshot_from(await repository.manifest(one), self._app.structurer)
                if at and snapshot.at > at:
                    continue
                if site in ("", snapshot.site):
                    return snapshot
                others = others or snapshot
            if others is not None:
                return others
            raise NotFound(f"there is no snapshot{f' until {at}' if at else ''}: newel backup list", code="no_snapshot")
        fitting = [one for one in there if one.id.startswith(wanted.upper()) and wanted]
        if not fitting:
            raise NotFound(f"there is no snapshot '{wanted[:40]}': newel backup list", code="no_snapshot")
        if len(fitting) > 1:
            raise Conflict(f"{len(fitting)} snapshots begin with '{wanted[:40]}'", code="many_snapshots")
        return snapshot_from(await repository.manifest(fitting[0]), self._app.structurer)

    async def verify(
        self, target: str, *, share: float, only: str = "", repair: bool = False, told: Told = lambda *_: None
    ) -> Verified:
        """Reads back, and notes which snapshots are whole. ``repair`` deletes chunks that are worth nothing, so that
        the next backup writes them again."""
        from newel_backup.checking.verify import Verifying
        from newel_backup.repo import locks
        from newel_backup.repo.names import chunk_key

        known = self.known
        rows = await known.snapshots(target)
        purpose = "repair" if repair else "verify"
        async with (
            self.targets.repository(target) as repository,
            locks.held(repository, self._app.clock, purpose, exclusive=repair) as lock,
        ):
            expected = {
                row["id"]: row["at"] for row in rows
                if row["repository"] == repository.config.id and only in ("", row["id"])
            }  # fmt: skip
            looking = Verifying(
                repository, self._app.structurer, share=share, only=only, expected=expected, told=told,
                seed=int(self._app.clock.now().timestamp()),
            )  # fmt: skip
            found = await looking.run()
            if repair and (damaged := [id for id in looking.damaged if await repository.is_damaged(id)]):
                await lock.still()
                await repository.delete(*map(chunk_key, damaged))
        now = rfc3339(self._app.clock.now())
        for id in found.whole:
            await known.verified(target, id, now)
        return found

    async def prune(
        self, target: str, keep: Mapping[str, int], *, forget: Sequence[str] = (), zone: str = "UTC",
        dry_run: bool = False, told: Told = lambda *_: None,
    ) -> Pruned:  # fmt: skip
        """Takes away what the rule does not keep; ``keep`` as in the configuration. All zeros keep everything."""
        from newel_backup.keeping.prune import Pruning
        from newel_backup.keeping.retention import Keep

        rule = self._app.structurer.structure(dict(keep), Keep)
        known, site = self.known, await self.site()
        async with self.targets.repository(target) as repository:
            pruning = Pruning(
                repository, self._app.structurer, self._app.clock, site=site, rule=rule, zone=zone, forget=forget,
                dry_run=dry_run, told=told, going=lambda ids: known.forget(target, ids),
            )  # fmt: skip
            return await pruning.run()

    async def drill(self, call: Call, target: str, wanted: str = LATEST, *, told: Told = lambda *_: None) -> Drilled:
        """Restores a snapshot on trial, and files the report in the audit trail, whose chain is signed."""
        from newel_backup.checking.drill import Drill

        found = await Drill(self._app, self, told).run(target, wanted)
        if found.ok:
            known = self.known
            await known.drilled(target, found.snapshot, rfc3339(self._app.clock.now()))
            await known.put(DRILL_SECONDS, str(found.seconds))
        if (audit := self._app.find(Audit)) is not None:
            report = Change(entity="backup", id=found.snapshot, before=None, after=self.plain(found))
            acts = [Act(call=call, operation="backup.drill", changes=[report])]
            await transact(self._app.need(Database), lambda tx: audit.append(tx, acts))
        return found

    async def pieces(
        self, call: Call, target: str, wanted: str, only: str, *, at: str = "", dry_run: bool = False,
        told: Told = lambda *_: None,
    ) -> Pieces:  # fmt: skip
        """Brings pieces of a snapshot back into the present site, by its operations; see ``pieces_brought``."""
        from newel_backup.restoring.pieces import pieces_brought

        return await pieces_brought(self._app, self, call, target, wanted, only, at=at, dry_run=dry_run, told=told)

    async def unlock(self, target: str, *, everything: bool = False) -> list[Lock]:
        """Removes locks that ran out, or all: then nobody may be at work. Answers those that went."""
        from newel_backup.repo import locks
        from newel_backup.repo.names import LOCKS

        now = rfc3339(self._app.clock.now())
        async with self.targets.repository(target) as repository:
            gone = [one for one in await locks.locks(repository) if everything or one.expires_at < now]
            if gone:
                await repository.delete(*[LOCKS + one.id for one in gone])
        return gone

    async def diff(self, target: str, before: str, after: str) -> Differences:
        """From one snapshot to another; see ``snapshot`` for what names one."""
        from newel_backup.browsing.diff import differences

        async with self.targets.repository(target) as repository:
            site = await self.site()
            one, other = [await self.snapshot(repository, wanted, site=site) for wanted in (before, after)]
            return await differences(repository, one, other)

    async def listed(self, target: str, wanted: str, path: Path) -> Listing:
        """What lies at a place of a snapshot."""
        found: list[PlaceRow] = []
        async with self.inside(target, wanted) as inside:
            if path and not (node := await inside.stat(path)).folder:
                return Listing(data=(PlaceRow(name=node.name, folder=False, size=node.size or 0),))
            async for page in inside.list(path):
                found += [PlaceRow(name=one.name, folder=one.folder, size=one.size or 0) for one in page]
                if len(found) >= LISTED:
                    break
        return Listing(data=tuple(found[:LISTED]))

    @asynccontextmanager
    async def inside(self, target: str, wanted: str) -> AsyncIterator[Inside]:
        """A snapshot to look into."""
        from newel_backup.browsing.inside import Inside

        async with self.targets.repository(target) as repository:
            yield Inside(
                repository, await self.snapshot(repository, wanted, site=await self.site()), self._app.structurer
            )

    def plain(self, found: Any) -> Any:
        return self._app.structurer.unstructure(found)


def place(text: str) -> Path:
    """A path as people write it. Raises ``Reject``."""
    parts = tuple(part for part in text.split("/") if part)
    if any(part in (".", "..") or not part.isprintable() for part in parts):
        raise Reject(f"'{text[:80]}' is no place in a snapshot", code="bad_path")
    return parts
