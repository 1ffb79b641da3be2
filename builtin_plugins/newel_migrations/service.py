"""Compares what the code knows with what has landed, and applies the rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from attrs import frozen

from newel.contracts.database import Contention, Database
from newel.contracts.migrations import Migration, MigrationState
from newel.errors import BootError, Transient
from newel_migrations.ledger import Landed, Ledger
from newel_migrations.rendering import foreign_tables, rendered
from newel_migrations.steps import Step, misnumbered, steps_of
from newel_migrations.stepwise import Stepwise, not_ours

Known = Mapping[tuple[str, int], Landed]


@frozen
class Planned:
    """A step that is pending, as the statements that it will run."""

    step: Step
    statements: list[str]


class Service:
    """The ``Migrations`` contract."""

    def __init__(
        self, database: Database, ledger: Ledger, steps: list[Step], log: logging.Logger, *, auto: bool = True
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._steps = steps
        self._log = log
        self._auto = auto

    async def status(self) -> list[MigrationState]:
        landed = await self._ledger.read()
        return [_state(step, landed.get(step.key)) for step in self._steps]

    async def bring(self, plugin: str, steps: Sequence[Migration]) -> None:
        others = [step for step in self._steps if step.plugin != plugin]
        made = await asyncio.to_thread(steps_of, [(plugin, one) for one in steps])
        own = Service(self._database, self._ledger, made, self._log, auto=self._auto)
        await own.all_applied({plugin})
        self._steps = others + own._steps

    async def all_applied(self, enabled: Collection[str]) -> None:
        """Applies what is pending. Raises ``BootError`` where a step fails, or nobody may."""
        if not self._auto:
            await self.nothing_pending()
        for error in (await self.migrate(enabled)).values():
            raise error

    async def only_up_to(self, levels: Mapping[str, int]) -> None:
        """Applies the steps up to those numbers, and no other. Raises ``BootError``."""
        known = {(step.plugin, step.migration.number) for step in self._steps}
        for plugin, level in levels.items():
            if missing := next((n for n in range(1, level + 1) if (plugin, n) not in known), None):
                raise BootError(
                    f"table change {missing} of '{plugin}' is not known here: install a later version of it"
                )
        self._steps = [step for step in self._steps if step.migration.number <= levels.get(step.plugin, 0)]
        for error in (await self.migrate(levels)).values():
            raise error

    async def nothing_pending(self) -> None:
        """Raises ``BootError`` with what to do where something is."""
        if pending := await self.pending():
            count = "one table change is" if len(pending) == 1 else f"{len(pending)} table changes are"
            raise BootError(
                f"{count} pending, first {pending[0]}, and migrations.auto is off.\n"
                "See them with `newel migrate plan`, apply them with `newel migrate up`."
            )

    async def pending(self) -> list[Step]:
        """What ``migrate`` would apply, in order."""
        landed = await self._ledger.read()
        return [step for step in self._steps if step.key not in landed]

    async def plan(self) -> list[Planned]:
        """What ``migrate`` would run. Raises ``BootError`` for a step that cannot be written as SQL."""
        return [Planned(step, await self._statements(step)) for step in await self.pending()]

    async def migrate(self, enabled: Collection[str]) -> dict[str, BootError]:
        """Applies all pending steps in order; answers the plugins that could not be brought up to date, and why.

        A plugin's failure leaves its tables as they were after its last good step (on MySQL: after its last good
        statement), and the others unaffected. ``migrate`` may be interrupted anywhere: the next one goes on. Of several
        nodes that start at once one migrates, and the others wait for it.
        """
        steps = self._steps
        landed = await self._ledger.read()
        failed = {plugin: BootError(text) for plugin, text in misnumbered(steps).items()}
        failed |= {plugin: BootError(text) for plugin, text in _too_new(steps, landed, enabled).items()}
        for step in steps:
            if _state(step, landed.get(step.key)).state == "changed":
                self._log.warning(
                    "a migration was edited after it had been applied; the tables keep its old form",
                    extra={"plugin": step.plugin, "step": step.migration.number},
                )
        if any(step.key not in landed and step.plugin not in failed for step in steps):
            async with self._database.lock("migrations"):
                await self._apply_all(steps, failed)
        self._steps = [step for step in steps if step.plugin not in failed]
        return failed

    async def _apply_all(self, steps: list[Step], failed: dict[str, BootError]) -> None:
        landed = await self._ledger.read()  # another node may have migrated while this one waited
        for step in steps:
            if step.plugin in failed or step.key in landed:
                continue
            try:
                await self._apply(step)
            except BootError as error:
                failed[step.plugin] = error

    async def _statements(self, step: Step) -> list[str]:
        db = self._database
        try:
            statements = await asyncio.to_thread(rendered, step.migration.upgrade, db.dialect, db.collation)
        except Exception as error:
            raise BootError(f"migration {step} cannot be written as SQL: {error}") from error
        if strangers := foreign_tables(step.plugin, statements):
            raise BootError(f"migration {step} makes '{strangers[0]}': call it '{step.plugin}_{strangers[0]}'")
        return statements

    async def _apply(self, step: Step) -> None:
        begun = perf_counter()
        statements = await self._statements(step)
        while True:
            try:
                applied = await self._by_engine(step, statements, begun)
                break
            except Transient as error:
                if error.reason not in ("database_busy", Contention.code):
                    raise BootError(f"migration {step} cannot be applied: {error}") from error
                self._log.info("another process is writing; waiting to migrate", extra={"plugin": step.plugin})
            except BootError:
                raise
            except Exception as error:
                if self._whole and (strangers := await self._ledger.strangers(statements)):
                    raise BootError(not_ours(step, strangers[0])) from error
                raise BootError(f"migration {step} failed, {self._left}: {error}") from error
        if applied:
            details = {"plugin": step.plugin, "step": step.migration.number, "ms": _since(begun)}
            self._log.info("migrated", extra=details)

    @property
    def _whole(self) -> bool:
        """Whether the engine undoes changes of tables with their transaction."""
        return self._database.dialect != "mysql"

    @property
    def _left(self) -> str:
        if self._whole:
            return "and nothing of it was applied"
        return "and what it did before that stays; repaired, it goes on from there"

    async def _by_engine(self, step: Step, statements: list[str], begun: float) -> bool:
        if self._whole:
            return await self._in_transaction(step, statements, begun)
        stepwise = Stepwise(self._database, step, statements)
        await stepwise.run()
        async with self._database.transaction() as tx:
            await stepwise.end(tx)
            await self._ledger.add(tx, step, _since(begun))
        return True

    async def _in_transaction(self, step: Step, statements: list[str], begun: float) -> bool:
        async with self._tables_may_go(statements), self._database.transaction() as tx:
            # Asked again where nobody else can write: the lock may have been lost with its connection.
            if await self._ledger.has(tx, step):
                return False
            for statement in statements:
                await tx.execute(statement)
            if self._drops(statements):
                strays = await tx.fetch_all("PRAGMA foreign_key_check")
                if strays:
                    table = strays[0]["table"]
                    raise BootError(f"migration {step} would leave rows in '{table}' that point at nothing")
            await self._ledger.add(tx, step, _since(begun))
        return True

    def _drops(self, statements: list[str]) -> bool:
        return self._database.dialect == "sqlite" and any("DROP TABLE" in text.upper() for text in statements)

    @asynccontextmanager
    async def _tables_may_go(self, statements: list[str]) -> AsyncIterator[None]:
        """SQLite changes a table by making another and dropping the old one, which must not delete what points at it.

        The setting is the connection's and cannot change inside a transaction.
        """
        if not self._drops(statements):
            yield
            return
        await self._database.execute("PRAGMA foreign_keys=OFF")
        try:
            yield
        finally:
            await self._database.execute("PRAGMA foreign_keys=ON")


def _since(begun: float) -> int:
    return round((perf_counter() - begun) * 1000)


def _state(step: Step, landed: Landed | None) -> MigrationState:
    state = "pending"
    if landed is not None:
        known = bool(step.checksum and landed.checksum)
        state = "changed" if known and step.checksum != landed.checksum else "applied"
    return MigrationState(
        id=f"{step.plugin}.{step.migration.number}",
        plugin=step.plugin,
        number=step.migration.number,
        name=step.migration.name,
        state=state,
        applied_at=landed.applied_at if landed is not None else None,
    )


def _too_new(steps: list[Step], landed: Known, enabled: Collection[str]) -> dict[str, str]:
    """Plugins whose tables are ahead of their code. Those that are off, or gone, keep theirs in peace."""
    known = {step.key for step in steps}
    count: dict[str, int] = {}
    for step in steps:
        count[step.plugin] = count.get(step.plugin, 0) + 1
    return {
        one.plugin: (
            f"the tables of '{one.plugin}' are newer than its code: step {one.number} '{one.name}' was applied on "
            f"{one.applied_at[:10]}, this version knows {count.get(one.plugin, 0)}: install the newer version again, "
            "or restore the backup from before the upgrade"
        )
        for key, one in sorted(landed.items(), reverse=True)
        if one.plugin in enabled and key not in known
    }
