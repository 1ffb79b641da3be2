"""Rows of a snapshot come into an empty database of the engine, and are read back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from attrs import evolve
from tests.builtin_plugins.backup.treesite import PLUGINS, Site, site

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.migrations import Migration, Migrations, TableMaker
from newel.errors import Conflict
from newel.sibling import sibling
from newel.testing.engines import current
from newel_backup.repo.faults import Damaged, TooNew
from newel_backup.repo.manifest import KeptStep, Snapshot
from newel_backup.restoring.loading import Loaded, load
from newel_backup.restoring.plan import Goal, plan_of


@asynccontextmanager
async def empty(here: Site, folder: Path, url: str = "") -> AsyncIterator[Database]:
    """An empty database of the engine."""
    there = sibling(here.app, {"database.url": url or current.engine.lasting(folder)})
    async with there.running_only(Database):
        yield there.need(Database)


async def loaded(here: Site, snapshot: Snapshot, database: Database, *parts: str) -> Loaded:
    async with here.targets.repository("local") as repository:
        return await load(here.app, repository, snapshot, database, parts or tuple(one.name for one in snapshot.parts))


async def rows(database: Database, statement: str) -> list[Mapping[str, Any]]:
    return await database.fetch_all(statement)


class Maker:
    """Makes no tables, and notes what it was asked for."""

    manifest: ClassVar[Manifest] = Manifest(
        name="maker", summary="Of a test.", load="tests.builtin_plugins.backup.test_restore_loading:Maker"
    )

    def __init__(self, app: App) -> None:
        self.asked: list[dict[str, int]] = []

    @hookimpl
    def register_table_makers(self) -> Sequence[TableMaker]:
        return [self.make]

    async def make(self, database: Database, levels: Mapping[str, int]) -> None:
        self.asked.append(dict(levels))


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
async def test_tables_are_made_as_they_were_when_the_snapshot_was_taken(tmp_path: Path) -> None:
    async with site(tmp_path / "a", [*PLUGINS, Maker.manifest]) as here:
        snapshot = await here.backup()
        older = evolve(
            snapshot,
            steps=[one for one in snapshot.steps if one.plugin != "content" or one.number < 3],
            tables={name: one for name, one in snapshot.tables.items() if one.part != "content"},
        )
        async with empty(here, tmp_path / "b") as database:
            await loaded(here, older, database)
            found = await rows(database, "SELECT max(number) AS n FROM migrations_ledger WHERE plugin = 'content'")
            assert found[0]["n"] == 2
            assert "content_changes" not in {one.name for one in await database.tables()}
        maker = here.app.plugins["maker"]
        assert isinstance(maker, Maker)
        assert maker.asked[0]["content"] == 2


class Notes:
    """A plugin whose first version made a table, and whose second one adds a column and fills it."""

    manifest: ClassVar[Manifest] = Manifest(
        name="notes", summary="Of a test.", load="tests.builtin_plugins.backup.test_restore_loading:Notes",
        needs=(Database, Migrations),
    )  # fmt: skip
    version: ClassVar[int] = 1

    def __init__(self, app: App) -> None:
        """Nothing runs."""

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        steps = [
            Migration(number=1, name="texts", upgrade=_texts),
            Migration(number=2, name="lengths", upgrade=_lengths),
        ]
        return steps[: self.version]


def _texts(op: Any) -> None:
    op.create_table("notes_texts", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


def _lengths(op: Any) -> None:
    op.add_column("notes_texts", sa.Column("size", sa.Integer))
    op.execute("UPDATE notes_texts SET size = length(text)")


@pytest.mark.fresh
async def test_what_an_earlier_version_wrote_is_migrated_forward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows come into the table as it was then; the later change finds them."""
    few = ("database", "migrations", "blobs_local", "backup", Notes.manifest)
    async with site(tmp_path / "a", few) as here:
        await here.database.execute("INSERT INTO notes_texts (id, text) VALUES (7, 'seven')")
        snapshot = await here.backup()
    monkeypatch.setattr(Notes, "version", 2)
    async with site(tmp_path / "a", few) as here:
        url = current.engine.lasting(tmp_path / "b")
        async with empty(here, tmp_path / "b", url) as database:
            await loaded(here, snapshot, database)
            assert await rows(database, "SELECT * FROM notes_texts") == [{"id": 7, "text": "seven"}]
        there = sibling(here.app, {"database.url": url})
        async with there.running_only(Migrations):
            assert await rows(there.need(Database), "SELECT * FROM notes_texts") == [
                {"id": 7, "text": "seven", "size": 5}
            ]


@pytest.mark.fresh
async def test_all_tables_come_back_as_they_were(tmp_path: Path) -> None:
    """Also rows that point at rows of their own table."""
    async with site(tmp_path / "a") as here:
        await here.filled()
        snapshot = await here.backup()
        async with empty(here, tmp_path / "b") as database:
            found = await loaded(here, snapshot, database)
            assert found.rows == {name: table.stream.lines for name, table in snapshot.tables.items()}
            text = "SELECT parent FROM content_entries ORDER BY id"
            assert [one["parent"] for one in await rows(database, text)] == [
                one["parent"] for one in await rows(here.database, text)
            ]
            assert (await rows(database, "SELECT count(*) AS n FROM content_entries WHERE parent IS NOT NULL"))[0]["n"]
            assert await database.check() == []


@pytest.mark.needs_plugin("accounts")
@pytest.mark.fresh
async def test_parts_that_nobody_asked_for_stay_new(tmp_path: Path) -> None:
    async with site(tmp_path / "a") as here:
        await here.filled()
        await here.run("users.create", email="ann@example.com", role="admin", password="correct horse battery")
        snapshot = await here.backup()
        async with empty(here, tmp_path / "b") as database:
            found = await loaded(here, snapshot, database, "content")
            assert {name.partition("_")[0] for name in found.rows} == {"content"}
            assert await rows(database, "SELECT id FROM accounts_users") == []
            assert await rows(database, "SELECT name FROM accounts_roles")  # as migrations leave it


@pytest.mark.needs_plugin("accounts")
@pytest.mark.fresh
async def test_sessions_never_come(tmp_path: Path) -> None:
    async with site(tmp_path / "a") as here:
        await here.run("users.create", email="ann@example.com", role="admin", password="correct horse battery")
        owner = (await rows(here.database, "SELECT id FROM accounts_users"))[0]["id"]
        columns = next(one for one in await here.database.tables() if one.name == "accounts_tokens").columns
        for kind in ("session", "token"):
            values = dict.fromkeys(columns) | {"id": kind, "owner": owner, "kind": kind, "hash": kind}
            given = {name: values[name] if values[name] is not None else "2026-01-01T00:00:00.000Z" for name in columns}
            names = ", ".join(columns)
            text = f"INSERT INTO accounts_tokens ({names}) VALUES ({', '.join(f':{one}' for one in columns)})"
            await here.database.execute(text, given)
        snapshot = await here.backup()
        async with empty(here, tmp_path / "b") as database:
            await loaded(here, snapshot, database)
            kept = await rows(database, "SELECT id, kind FROM accounts_tokens")
            assert {one["kind"] for one in kept} == {"token"}
            assert "token" in {one["id"] for one in kept}


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
async def test_a_manifest_cannot_say_what_a_table_is(tmp_path: Path) -> None:
    """Accounts that call themselves content do not come with it, nor does what has been done to the tables."""
    async with site(tmp_path / "a") as here:
        await here.filled()
        snapshot = await here.backup()
        tables = {name: evolve(one, part="content") for name, one in snapshot.tables.items()}
        tables["migrations_ledger"] = tables["content_entries"]
        async with empty(here, tmp_path / "b") as database:
            found = await loaded(here, evolve(snapshot, tables=tables), database, "content")
            assert {name.partition("_")[0] for name in found.rows} == {"content"}
            assert await rows(database, "SELECT plugin FROM migrations_ledger")


@pytest.mark.fresh
async def test_only_an_empty_database_is_filled(tmp_path: Path) -> None:
    async with site(tmp_path / "a") as here:
        snapshot = await here.backup()
        with pytest.raises(Conflict, match="not empty"):
            await loaded(here, snapshot, here.database)


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
async def test_a_stream_that_is_not_as_the_manifest_says_is_found(tmp_path: Path) -> None:
    async with site(tmp_path / "a") as here:
        await here.filled()
        snapshot = await here.backup()
        tables = dict(snapshot.tables)
        entries = tables["content_entries"]
        tables["content_entries"] = evolve(entries, stream=evolve(entries.stream, sha256="0" * 64))
        async with empty(here, tmp_path / "b") as database:
            with pytest.raises(Damaged):
                await loaded(here, evolve(snapshot, tables=tables), database)


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
@pytest.mark.needs_plugin("audit", "media")
async def test_what_a_later_version_made_is_refused_and_what_is_not_installed_is_left_out(tmp_path: Path) -> None:
    async with site(tmp_path / "a") as here:
        await here.filled()
        snapshot = await here.backup()
        later = evolve(snapshot, steps=(*snapshot.steps, KeptStep(plugin="content", number=99, name="x")))
        async with empty(here, tmp_path / "b") as database:
            with pytest.raises(TooNew, match=r"content .* are at step 99"):
                await loaded(here, later, database)
    async with site(tmp_path / "c", ("database", "migrations", "content", "blobs_local", "backup")) as other:
        copytree(tmp_path / "a" / "backups", tmp_path / "c" / "backups", dirs_exist_ok=True)
        async with empty(other, tmp_path / "d") as database:
            found = await loaded(other, snapshot, database)
            assert {"audit_log", "media_blobs"} <= set(found.left)
            assert found.rows["content_entries"] == 3


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
@pytest.mark.needs_plugin("accounts", "audit", "jobs", "lua")
async def test_a_plan_names_what_gives_rights_and_what_follows(tmp_path: Path) -> None:
    """Plugins and their approvals stay as they are; a snapshot of earlier tables is followed by later changes."""
    goal = Goal(database="", store="", swaps=True, then="")
    async with site(tmp_path / "a") as here:
        snapshot = await here.backup()
        older = evolve(
            snapshot,
            missing_count=2,
            steps=[one for one in snapshot.steps if one.plugin != "content" or one.number < 3],
        )
        plan = plan_of(here.app, older, (), goal)
        fates = {one.name: one.fate for one in plan.stays}
        assert {fates[name] for name in ("users", "tokens", "plugins", "audit")} == {"kept"}
        assert fates["lua-nodes"] == fates["jobs"] == "empty"
        assert "plugin-data" in plan.parts
        assert "content 3-5" in plan.migrations
        assert any("2 files were missing" in one for one in plan.warnings)
        everything = plan_of(here.app, snapshot, ("all",), goal)
        assert {"users", "tokens", "plugins", "audit"} <= set(everything.parts)
        assert everything.migrations == ()
        tokens = plan_of(here.app, snapshot, ("tokens",), goal)
        assert {"users", "tokens"} <= set(tokens.parts)  # whose they are comes along
