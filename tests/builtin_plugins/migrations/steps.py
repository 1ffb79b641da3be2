"""Plugins with steps, made for a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.kernel.plugins import plugin

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.migrations import Migration, Migrations
from newel.testing import make_app
from newel.testing.engines import LASTING

FILE = LASTING


def tables(op: Any) -> None:
    op.create_table("notes_notes", sa.Column("id", sa.String(26), primary_key=True), sa.Column("text", sa.Text))


def colour(op: Any) -> None:
    op.add_column("notes_notes", sa.Column("colour", sa.String(20), nullable=False, server_default="blue:green"))
    op.execute("INSERT INTO notes_notes (id, text) VALUES ('a', '10:30 %')")


def broken(op: Any) -> None:
    op.create_table("notes_more", sa.Column("id", sa.Integer))
    op.execute("INSERT INTO notes_gone VALUES (1)")


def steps(*upgrades: Callable[[Any], None]) -> list[Migration]:
    return [Migration(number=n, name=one.__name__, upgrade=one) for n, one in enumerate(upgrades, 1)]


def notes(migrations: Sequence[Migration], name: str = "notes", **details: Any) -> Manifest:
    """A plugin with those steps, that counts its starts."""

    class Notes:
        started = 0

        @hookimpl
        def register_migrations(self) -> Sequence[Migration]:
            return migrations

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            self.started += 1
            yield

    return plugin(name, Notes, needs=(Database, Migrations), **details)


@asynccontextmanager
async def site(folder: Path, *plugins: Manifest, others: Sequence[Manifest] = (), **more: Any) -> AsyncIterator[App]:
    async with make_app(["database", "migrations", *plugins], FILE, others=others, folder=folder, **more) as app:
        yield app


async def states(app: App) -> list[tuple[str, int, str]]:
    return [(one.plugin, one.number, one.state) for one in await app.need(Migrations).status()]


async def names(app: App) -> list[str]:
    return [shape.name for shape in await app.need(Database).tables()]
