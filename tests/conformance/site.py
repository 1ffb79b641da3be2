"""Whole sites for the promises: content, audit and outbox, and a plugin that remembers what it was told."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from tests.builtin_plugins.content.site import Site

from newel import Call, Manifest, hookimpl
from newel.app import App
from newel.contracts.clock import Clock
from newel.contracts.content import EntryEvent
from newel.contracts.database import Database, UniqueViolation
from newel.contracts.migrations import Migration
from newel.testing import FakeClock, make_app
from newel.testing.engines import LASTING

LEASE = 5.0


def seeded() -> random.Random:
    """Chance that can be had again: the seed is printed, and taken from ``NEWEL_SEED``."""
    seed = int(os.environ.get("NEWEL_SEED") or random.randrange(2**32))
    print("NEWEL_SEED", seed)
    return random.Random(seed)


def tables(op: Any) -> None:
    exact = sa.String(64).with_variant(sa.String(64, collation="utf8mb4_bin"), "mysql", "mariadb")
    columns = [sa.Column("event", exact, primary_key=True), sa.Column("hook", exact), sa.Column("entry", exact)]
    op.create_table("witness_heard", *columns)


class Witness:
    """Writes down what it hears of, an event once."""

    manifest: ClassVar[Manifest] = Manifest(name="witness", summary="Remembers.", load="tests.conformance.site:Witness")

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return [Migration(number=1, name="heard", upgrade=tables)]

    @hookimpl
    async def content_after_save(self, event: EntryEvent, call: Call) -> None:
        await self._heard("save", event, call)

    @hookimpl
    async def content_after_publish(self, event: EntryEvent, call: Call) -> None:
        await self._heard("publish", event, call)

    async def _heard(self, hook: str, event: EntryEvent, call: Call) -> None:
        statement = "INSERT INTO witness_heard (event, hook, entry) VALUES (:event, :hook, :entry)"
        try:
            async with self._app.need(Database).transaction() as tx:
                await tx.execute(statement, {"event": call.event, "hook": hook, "entry": event.id})
        except UniqueViolation:
            return  # told again after a kill


@asynccontextmanager
async def observed(folder: Path, clock: Clock | None = None, *, serving: bool = False) -> AsyncIterator[Site]:
    """A site with audit, outbox and the witness on the folder's database. A test's clock is that of leases too."""
    jobs = {
        "lease": LEASE, "poll": 0.05, "event_pause": 0.1,
        "clock": "process" if isinstance(clock, FakeClock) else "engine",
    }  # fmt: skip
    plugins = ["database", "migrations", "audit", "jobs", "content", Witness.manifest]
    async with make_app(plugins, {**LASTING, "jobs": jobs}, folder=folder, clock=clock, serving=serving) as app:
        yield Site(app)


@asynccontextmanager
async def pair(folder: Path) -> AsyncIterator[tuple[Site, Site]]:
    """Two sites on one database, as two processes would be: nothing that one keeps in memory helps the other."""
    config = {**LASTING, "content": {"locales": ["en", "de"]}}
    plugins = ["database", "migrations", "content"]
    async with make_app(plugins, config, folder=folder) as one, make_app(plugins, config, folder=folder) as two:
        yield Site(one), Site(two)
