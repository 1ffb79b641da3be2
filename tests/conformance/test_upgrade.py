"""A site of an earlier release becomes one of today, with everything that was in it, on every engine."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newel import ANONYMOUS
from newel.app import App
from newel.contracts.content import Content, ListQuery
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.hooks.lifecycle import register_migrations
from newel.testing import actor, make_app
from newel.testing.app import build_app
from newel.testing.engines import Engine
from newel_migrations.ledger import Ledger
from newel_migrations.service import Service
from newel_migrations.steps import steps_of

PLUGINS = ["database", "migrations", "audit", "accounts", "content", "delivery", "idempotency", "ratelimit"]
RELEASES = sorted(Path(__file__).parents[1].joinpath("data").glob("release-*.json.gz"))
ORDER = ("accounts_roles", "accounts_users", "content_types", "content_entries", "content_versions")
"""Tables that others point at come first."""

pytestmark = [pytest.mark.fresh, pytest.mark.may_block]  # it reads the steps' sources in the loop


def rows_of(release: Path) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = json.loads(gzip.decompress(release.read_bytes()))["tables"]
    return tables


async def restored(app: App, tables: dict[str, list[dict[str, Any]]]) -> None:
    """The database as the release left it: its steps and no later ones, its rows."""
    landed = {(row["plugin"], row["number"]) for row in tables["migrations_ledger"]}
    async with app.running_only(Database):
        database = app.need(Database)
        steps = [step for step in steps_of(app.collected(register_migrations)) if step.key in landed]
        assert {step.key for step in steps} == landed, "a step of a release never disappears"
        assert await Service(database, Ledger(database, app.clock), steps, app.log).migrate(app.manifests) == {}
        async with database.transaction() as tx:
            for name in reversed([*ORDER, *sorted(set(tables) - set(ORDER))]):
                if name != "migrations_ledger":
                    await tx.execute(database.render(sa.delete(sa.table(name))))
            for name in [*ORDER, *sorted(set(tables) - set(ORDER))]:
                rows = sorted(tables[name], key=lambda row: (row.get("parent") or "", row.get("id") or ""))
                if rows and name != "migrations_ledger":
                    table = sa.table(name, *(sa.column(column) for column in rows[0]))
                    values: Any = {column: sa.bindparam(column) for column in rows[0]}
                    await tx.execute_many(database.render(sa.insert(table).values(values)), rows)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name.removesuffix(".json.gz"))
async def test_a_site_of_an_earlier_release(release: Path, engine: Engine, tmp_path: Path) -> None:
    tables = rows_of(release)
    config = {"database": {"url": f"sqlite:///{tmp_path}/site.db" if engine.plugin == "sqlite" else engine.make()}}
    await restored(build_app(PLUGINS, config, folder=tmp_path), tables)
    async with make_app(PLUGINS, config, folder=tmp_path) as app:
        assert {one.state for one in await app.need(Migrations).status()} <= {"applied", "changed"}
        call = app.call(actor("admin"), "test")
        types = await app.operations.run("types.list", {}, call)
        assert {one.name for one in types.data} == {row["name"] for row in tables["content_types"]}
        content = app.need(Content)
        seen = 0
        for row in tables["content_types"]:
            if row["kind"] == "block":
                continue
            for locale in ("en", "de"):
                query = ListQuery(type=row["name"], locale=locale, fallback=False, limit=100)
                seen += len((await content.list_published(query, private=True)).data)
        assert seen == len(tables["content_published"])
        signed = await app.operations.run(
            "auth.login", {"email": tables["accounts_users"][0]["email"], "password": "correct horse battery"},
            app.call(ANONYMOUS, "test"),
        )  # fmt: skip
        assert signed.token
        trail = await app.operations.run("audit.list", {"until": "2026-11-25T00:00:00Z", "limit": 200}, call)
        assert {row["id"] for row in tables["audit_log"]} <= {row.id for row in trail.data}
        # And it is written to as any other.
        page = next(one for one in types.data if one.name == "page")
        made = await app.operations.run("content.create", {"type": page.name, "data": {"title": "New"}}, call)
        await app.operations.run("content.publish", {"type": page.name, "id": made.id}, call)
