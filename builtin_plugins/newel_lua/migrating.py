"""The steps of ``migrations.lua``: each once for the site, in order, before ``on_init``.

The file returns a list of ``{name = "...", up = function() ... end}``. A step's number is its place; one that was taken
never changes, and new ones follow. Tables cannot be changed in a transaction on every engine, so a step that breaks off
in the middle is taken again: what it does to rows belongs into ``db.transaction``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, insert, select

from newel import Call, Transient
from newel.contracts.clock import Clock
from newel.contracts.database import Database
from newel.structure import rfc3339
from newel_lua.faults import Away, LuaError
from newel_lua.generation import Generation
from newel_lua.life_tables import migrations
from newel_lua.ports import Runs
from newel_lua.registry import Registry

FILE = "migrations.lua"
SECONDS = 60.0
"""For one step."""
WAIT = 120.0
"""For another process that is at it."""


class Migrating:
    """``registry.migrate``."""

    def __init__(self, host: Runs, registry: Registry, clock: Clock) -> None:
        self._host = host
        self._registry = registry
        self._clock = clock

    def open(self, db: Database) -> None:
        self._db = db
        self._taken = db.render(
            select(migrations.c.number, migrations.c.name)
            .where(migrations.c.plugin == bindparam("of"))
            .order_by(migrations.c.number)
        )
        self._take = db.render(insert(migrations))

    async def __call__(self, generation: Generation, instance: Any, call: Call) -> None:
        """Takes the steps that are not in the ledger. Raises ``CallFailed``."""
        if FILE not in generation.examined.files.lua:
            return
        names = await self._step(generation, instance, 0, call)
        try:
            async with self._db.lock(f"lua.migrate.{generation.name}", wait=WAIT):
                taken = await self._db.fetch_all(self._taken, {"of": generation.name})
                for row, name in zip(taken, names, strict=False):
                    if row["name"] != name:
                        raise LuaError(
                            f"{FILE}: step {row['number']} was taken as '{row['name']}', and is '{name}' now;"
                            " steps that were taken never change"
                        )
                for number, name in list(enumerate(names, 1))[len(taken) :]:
                    await self._step(generation, instance, number, call)
                    await self._db.execute(self._take, {
                        "plugin": generation.name, "number": number, "name": name,
                        "applied_at": rfc3339(self._clock.now()),
                    })  # fmt: skip
        except Transient as error:
            raise Away(f"its tables cannot be changed now: {error.detail}") from None

    async def _step(self, generation: Generation, instance: Any, number: int, call: Call) -> list[str]:
        run = self._registry.run(generation, "migration", call)
        answer = await self._host.call(instance, (FILE, number), (), run, seconds=SECONDS)
        return [str(one)[:200] for one in answer] if isinstance(answer, list) else []
