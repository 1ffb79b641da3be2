"""Restores a snapshot into a new database and a new place for files, checks them, and swaps the site over.

In the order of ``journal.STAGES``. Until the configuration is written the present site serves as it is, whenever this
is killed; the next run of the same restore goes on, and one of another removes what lies there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from time import monotonic
from typing import TYPE_CHECKING

from attrs import evolve

from newel import tomlfile
from newel.config import FILE
from newel.contracts.blobs import BlobsConfig
from newel.contracts.database import Database, DatabaseConfig
from newel.errors import Conflict, NewelError, Transient
from newel.hooks.lifecycle import register_migrations
from newel.sibling import sibling
from newel_backup.known import Known
from newel_backup.repo import locks
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.restoring import journal as journals
from newel_backup.restoring.fence import Fence, mark
from newel_backup.restoring.finding import snapshot_of
from newel_backup.restoring.journal import Journal
from newel_backup.restoring.loading import Told
from newel_backup.restoring.order import Restored, RestoreOrder
from newel_backup.restoring.places import (
    Places,
    filled,
    places,
    remove_database,
    remove_store,
    shown,
)
from newel_backup.restoring.plan import OWN, Goal, RestorePlan, plan_of
from newel_backup.restoring.stages import Stages
from newel_backup.taking.parts import LEDGER, STEPS
from newel_backup.work import LATEST

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App
    from newel_backup.work import Work

LOCK = "backup-restore"


class Restoring:
    """``present`` is the site's own database, started; ``None`` where it cannot be opened any more: then nothing can be
    carried over. Nothing else of the site has to run."""

    def __init__(
        self,
        app: App,
        work: Work,
        present: Database | None,
        told: Told = lambda *_: None,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``reached`` hears of each stage and its end before anything else is done: for whoever tries out kills."""
        self._app = app
        self._work = work
        self._present = present
        self._told = told
        self._reached = reached

    async def plan(self, order: RestoreOrder) -> RestorePlan:
        """What ``run`` would do. Raises ``NotFound``, ``Reject``, ``TooNew``, ``Damaged``, ``BootError``."""
        standing = await self._standing()
        async with self._work.targets.repository(order.target) as repository:
            snapshot = await snapshot_of(self._work, repository, order, await self._site(standing))
        where = await asyncio.to_thread(places, self._app, "<new>", order.into)
        return await self._planned(snapshot, order, where, standing)

    async def _planned(self, snapshot: Snapshot, order: RestoreOrder, where: Places, standing: bool) -> RestorePlan:
        goal = _goal(where, order, self._app)
        if not standing:
            warnings = [*goal.warnings, "there is no present site: what does not come is as on a new one"]
            return plan_of(self._app, snapshot, order.parts, evolve(goal, warnings=tuple(warnings)))
        assert self._present is not None  # noqa: S101 - it stands
        warnings = [*goal.warnings, *await self._warnings(self._present, snapshot, order)]
        goal = evolve(goal, warnings=tuple(warnings))
        return plan_of(self._app, snapshot, order.parts, goal)

    async def _site(self, standing: bool) -> str:
        """The present site's id; empty: there is none."""
        if not standing or self._present is None:
            return ""
        row = await self._present.fetch_one("SELECT value FROM backup_state WHERE name = 'site'")
        return "" if row is None else str(row["value"])

    async def _warnings(self, present: Database, snapshot: Snapshot, order: RestoreOrder) -> list[str]:
        """What the present site knows better."""
        found = []
        if await self._site(standing=True) != snapshot.site:
            found.append("the snapshot is of another site than the present one")
        known = [
            one for one in await Known(present).snapshots(order.target) if one["repository"] == snapshot.repository
        ]
        newest = max(known, key=lambda one: str(one["id"]), default=None)
        if newest is not None and order.snapshot.lower() == LATEST and not order.at and newest["id"] > snapshot.id:
            found.append(
                f"the snapshot {newest['id']} of {newest['at']} is not on the target any more, so this is an older "
                "one: the target went back in time, or somebody deleted it"
            )
        return found

    async def _standing(self) -> bool:
        """Whether there is a present site, rather than a database that nothing was ever in. Raises ``Conflict`` where
        it is of an earlier version."""
        tables = set[str]() if self._present is None else {one.name for one in await self._present.tables()}
        if not {one for one in tables if not one.startswith(STEPS)}:
            return False
        assert self._present is not None  # noqa: S101 - it has tables
        rows = await self._present.fetch_all(f"SELECT plugin, number FROM {LEDGER}")  # noqa: S608 - a name of ours
        landed = {(row["plugin"], row["number"]) for row in rows}
        for plugin, step in self._app.collected(register_migrations):
            if (plugin, step.number) not in landed:
                raise Conflict(
                    f"the present site is of an earlier version (table change {step.number} of {plugin} is pending): "
                    "newel migrate up, then restore",
                    code="pending",
                )
        return True

    async def run(self, call: Call, order: RestoreOrder) -> Restored:
        """Raises what ``plan`` raises, ``Locked``, ``Conflict``, ``Transient`` (another restore runs), ``BlobsAway``.

        The present site is then as it was.
        """
        app, begun = self._app, monotonic()
        async with AsyncExitStack() as stack:
            if self._present is not None:
                await stack.enter_async_context(self._present.lock(LOCK, wait=0.0))
            repository = await stack.enter_async_context(self._work.targets.repository(order.target))
            await stack.enter_async_context(locks.held(repository, app.clock, "restore"))
            await self.settle()
            standing = await self._standing()
            snapshot = await snapshot_of(self._work, repository, order, await self._site(standing))
            stages = await self._stages(repository, snapshot, order)
            stages.standing = standing
            plan = await self._planned(snapshot, order, stages.places, standing)
            if order.swap and (fixed := stages.places.elsewhere):
                named = " and ".join(f"{one.path} ({one.elsewhere})" for one in fixed)
                raise Conflict(
                    f"what is restored cannot be swapped in: {named} cannot be set in {FILE}. Give --no-swap: it "
                    "prepares everything and says what to set",
                    code="set_elsewhere",
                )
            if self._present is None and (lost := [one for one in plan.kept if one != OWN]):
                raise Conflict(
                    f"the present database cannot be opened, so {', '.join(lost)} cannot stay as they are: "
                    "take them from the snapshot, --with all",
                    code="present_lost",
                )
            try:
                return await stages.run(call, plan, begun)
            except NewelError as error:
                if not isinstance(error, Transient):  # trying again would not help
                    await self._cleared(stages.places)
                raise

    async def _cleared(self, where: Places) -> None:
        """Removes what a restore that came to nothing had made. A database that was named for it is not ours."""
        left = await asyncio.to_thread(journals.read, self._app.folder)
        if left is None or left.stage == "swap" or left.claimed:
            return
        with suppress(NewelError):  # the next restore tries again; what went wrong first is what is told
            await self._removed(where, ours=where.database.ours)

    async def settle(self) -> None:
        """Ends what a restore that was killed right after its swap had left to do."""
        left = await asyncio.to_thread(journals.read, self._app.folder)
        if left is None or left.stage != "swap" or not left.old:
            return
        (text,) = await asyncio.to_thread(tomlfile.texts, self._app.folder / FILE, ("database", "url"))
        if text == left.old or (text is None and left.old == DatabaseConfig().url.reveal()):
            return  # it was killed before
        try:
            old = sibling(self._app, {"database.url": filled(left.old, self._app.configuration.environment)})
            async with old.running_only(Database):
                await Fence(old.need(Database), str(text)).moved()
        except Exception as error:  # noqa: BLE001 - it is gone or away, so nobody writes to it
            self._app.log.warning("the database from before the restore cannot be shut", extra={"why": str(error)})
        await asyncio.to_thread(journals.remove, self._app.folder)

    async def _stages(self, repository: Repository, snapshot: Snapshot, order: RestoreOrder) -> Stages:
        app = self._app
        wanted = Journal(
            id=app.ids.new(), snapshot=snapshot.id, target=order.target, parts=tuple(sorted(set(order.parts))),
            into=mark(order.into) if order.into else "",
        )  # fmt: skip
        left = await asyncio.to_thread(journals.read, app.folder)
        if left is not None and not left.same(wanted):
            there = await asyncio.to_thread(places, app, left.id)
            await self._removed(there, ours=not left.into)
            left = None
        where = await asyncio.to_thread(places, app, (left or wanted).id, order.into)
        setting = where.database.setting
        journal = evolve(left or wanted, old="" if setting.elsewhere else setting.text)
        return Stages(app, self._present, repository, snapshot, order, where, journal, self._told, self._reached)

    async def _removed(self, there: Places, *, ours: bool = True) -> None:
        if ours and there.database.url != self._app.config(DatabaseConfig).url.reveal():
            await remove_database(self._app, there.database.url, self._present)
        if there.store is not None:
            await remove_store(self._app, there.store.url)
        await asyncio.to_thread(journals.remove, self._app.folder)


def _goal(where: Places, order: RestoreOrder, app: App) -> Goal:
    old = shown(app.config(DatabaseConfig).url.reveal())
    files = f" and {shown(app.config(BlobsConfig).url.reveal())}" if where.store is not None else ""
    warnings = [
        f"{one.path} is set by {one.elsewhere}: only --no-swap can be done, then set it there"
        for one in where.elsewhere
        if order.swap
    ]
    if not order.swap:
        warnings.append("nothing is swapped: what is written to the present site meanwhile stays behind")
    return Goal(
        # What was asked for, not what a variable of this process holds: it may be any one's secret.
        database=shown(where.database.text if order.into else where.database.url),
        store=shown(where.store.url) if where.store else "", swaps=order.swap,
        then=f"{old}{files} stay as they are" + (", until newel backup forget-old" if order.swap else ""),
        warnings=tuple(warnings),
    )  # fmt: skip
