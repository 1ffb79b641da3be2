"""One restore on its way, stage by stage (``journal.STAGES``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING

import orjson
from attrs import evolve

from newel import tomlfile
from newel.config import FILE
from newel.contracts.audit import Audit
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.errors import Conflict
from newel.sibling import sibling
from newel.sql.tables import in_order
from newel.structure import rfc3339
from newel_backup.known import OLD, RESTORED, Known
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.restoring import journal as journals
from newel_backup.restoring.carrying import Carrying
from newel_backup.restoring.fence import Fence
from newel_backup.restoring.files import FilesRestored, restore_files
from newel_backup.restoring.journal import Journal, Stage
from newel_backup.restoring.loading import Told, load
from newel_backup.restoring.order import Restored, RestoreOrder
from newel_backup.restoring.places import (
    Place,
    Places,
    make_database,
    remove_database,
    shown,
)
from newel_backup.restoring.plan import RestorePlan
from newel_backup.taking.parts import Parts

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App

OPERATION = "backup.restore"
AGAIN = 5
"""How often what stays is carried over again where it was written to meanwhile."""


class Stages:
    """One restore on its way."""

    def __init__(
        self, app: App, present: Database | None, repository: Repository, snapshot: Snapshot, order: RestoreOrder,
        where: Places, journal: Journal, told: Told, reached: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._app = app
        self._present = present
        self._repository = repository
        self._snapshot = snapshot
        self._order = order
        self.places = where
        self._journal = journal
        self._told = told
        self._reached = reached
        self.standing = True
        """Whether there is a present site that can be fenced and carried over."""
        self._notices: tuple[tuple[str, str], ...] = ()

    async def run(self, call: Call, plan: RestorePlan, begun: float) -> Restored:
        files = await self._brought(plan)
        await self._stage("migrate")
        async with self._there(Migrations) as there:  # it migrates as it starts
            carried = await self._over(call, plan, there.need(Database))
        swaps = self._order.swap
        return Restored(
            plan=plan, rows=sum(one.rows for one in plan.comes), carried=carried, files=files.count, bytes=files.bytes,
            seconds=round(monotonic() - begun, 1), swapped=swaps, next=_next(self.places, swaps=swaps),
            notices=self._notices,
        )  # fmt: skip

    async def _brought(self, plan: RestorePlan) -> FilesRestored:
        """Rows and files of the snapshot."""
        fresh = not self._journal.after("tables")
        if fresh:
            await self._stage("tables")
            if self.places.database.ours:
                await remove_database(self._app, self.places.database.url, self._present)
                await make_database(self.places.database, self._present)
        async with self._there(Database, *([Blobs] if self.places.store is not None else [])) as there:
            if fresh:
                await self._tables(there.need(Database), plan)
            await self._stage("files")
            store = there.find(Blobs)
            if store is None:
                return FilesRestored()
            return await restore_files(self._repository, self._snapshot.files, store, self._told)

    async def _stage(self, stage: Stage) -> None:
        self._journal = evolve(self._journal, stage=stage)
        await asyncio.to_thread(journals.write, self._app.folder, self._journal)
        self._reached(stage)

    @asynccontextmanager
    async def _there(self, *contracts: type[object]) -> AsyncIterator[App]:
        """The restored site, with these contracts started; all of it where there are none."""
        other = sibling(self._app, self.places.settings)
        async with other.running_only(*contracts) if contracts else other.running():
            yield other

    async def _tables(self, database: Database, plan: RestorePlan) -> None:
        if not self.places.database.ours:
            await self._claim(database)
        await load(self._app, self._repository, self._snapshot, database, plan.parts, self._told)
        self._reached("tables loaded")

    async def _claim(self, database: Database) -> None:
        """A database that was named for this: what an earlier attempt left in it goes, and nothing else ever."""
        tables = await database.tables()
        if self._journal.claimed:
            for shape in reversed(in_order(tables)):
                await database.execute(f"DROP TABLE {shape.name}")
        elif not tables:
            self._journal = evolve(self._journal, claimed=True)
            await self._stage("tables")

    # -- over -----------------------------------------------------------------------------------------------------

    async def _over(self, call: Call, plan: RestorePlan, new: Database) -> dict[str, int]:
        """Carries over what stays, starts the restored site for a check, and swaps. Without a swap nothing is kept from
        writing: what is written from here on stays behind."""
        async with AsyncExitStack() as stack:
            fence, present = None, self._present if self.standing else None
            if self._order.swap and present is not None:
                fence = Fence(present, self.places.database.text)
                await stack.enter_async_context(fence.up())
            await self._stage("carry")
            carrying, carried = None, dict[str, int]()
            if present is not None:
                carrying = Carrying(Parts.of(self._app), present, new, plan.kept, self._told)
                carried = await carrying.run()
            await self._stage("check")
            await self._check(call, new)
            if fence is not None and carrying is not None and await carrying.changed():
                carried = await self._again(call, carrying)
            await self._noted(new, plan)
            if self._order.swap:
                await self._stage("swap")
                await asyncio.to_thread(tomlfile.put, self._app.folder / FILE, self.places.texts)
                self._reached("swapped")
            if fence is not None:
                await fence.moved()
                self._reached("moved")
            await asyncio.to_thread(journals.remove, self._app.folder)
        return carried

    async def _check(self, call: Call, new: Database) -> None:
        """The engine looks at its database, and the whole site starts on it, but for its doors."""
        self._told("checking", 0, 0)
        if wrong := await new.check():
            raise Conflict(f"the restored database is not sound: {wrong[0]}", code="restored_unsound")
        async with self._there() as whole:
            self._notices = tuple(whole.notices)
            await _audited(whole, call)

    async def _again(self, call: Call, carrying: Carrying) -> dict[str, int]:
        """An act that had begun before the fence ended only now."""
        for _ in range(AGAIN):
            carried = await carrying.run()
            if not await carrying.changed():
                async with self._there(*([Audit] if Audit in self._app.plan.providers else [Database])) as there:
                    await _audited(there, call)
                return carried
        raise Conflict("the present site is written to all the time: stop it, then restore", code="busy")

    async def _noted(self, new: Database, plan: RestorePlan) -> None:
        """Leaves in the new database what it is and what was before it."""
        known, app = Known(new), self._app
        event = {"snapshot": plan.snapshot, "target": self._order.target, "parts": list(plan.parts)}
        await known.put(RESTORED, orjson.dumps(event).decode())
        if self._order.swap:
            store = self.places.store
            before = {
                "at": rfc3339(app.clock.now()), "snapshot": plan.snapshot, "id": self._journal.id,
                "database": shown(self.places.database.setting.url), "store": shown(store.setting.url) if store else "",
            }  # fmt: skip
            old = orjson.loads(await known.get(OLD) or "[]")
            await known.put(OLD, orjson.dumps([*old, before]).decode())


async def _audited(app: App, call: Call) -> None:
    if (audit := app.find(Audit)) is not None:
        await audit.note(call, OPERATION, "done")


def _next(where: Places, *, swaps: bool) -> str:
    if swaps:
        return "start the site again: what runs now takes no writes any more. newel backup forget-old, when all is well"
    values = [where.database, *([where.store] if where.store else [])]
    return (
        "nothing was swapped. To do it, set " + " and ".join(_set(one) for one in values) + ", and start the site again"
    )


def _set(place: Place) -> str:
    return f"{place.setting.path} to {shown(place.url if place.ours else place.text)}"
