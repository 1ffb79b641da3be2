"""Every step once, in order, whole; and plain words where that cannot be."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.builtin_plugins.migrations.steps import FILE, broken, colour, names, notes, site, states, steps, tables

from newel.context import SYSTEM
from newel.contracts.database import Database
from newel.contracts.migrations import Migration, Migrations
from newel.errors import BootError
from newel.testing.app import build_app
from newel.testing.engines import current
from newel_migrations.rendering import rendered
from newel_migrations.steps import checksum

pytestmark = pytest.mark.fresh


async def refusal(folder: Path, *plugins: Any) -> str:
    with pytest.raises(BootError) as caught:
        async with site(folder, *plugins):
            pass
    return caught.value.detail


async def test_pending_steps_are_applied_in_order(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables, colour))) as app:
        rows = await app.need(Database).fetch_all("SELECT id, text, colour FROM notes_notes")
        assert rows == [{"id": "a", "text": "10:30 %", "colour": "blue:green"}]
        assert await states(app) == [("notes", 1, "applied"), ("notes", 2, "applied")]


async def test_they_are_sorted_by_number(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables, colour)[::-1])) as app:
        assert [state[1] for state in await states(app)] == [1, 2]


async def test_a_step_is_applied_once(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables))):
        pass
    async with site(tmp_path, notes(steps(tables, colour))) as app:
        first = await app.need(Migrations).status()
    async with site(tmp_path, notes(steps(tables, colour))) as app:
        assert await app.need(Migrations).status() == first
        assert await app.need(Database).fetch_one("SELECT count(*) AS c FROM notes_notes") == {"c": 1}


async def test_nothing_pending_imports_no_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site(tmp_path, notes(steps(tables))):
        pass
    monkeypatch.setattr("newel_migrations.service.rendered", None)
    async with site(tmp_path, notes(steps(tables))) as app:
        assert await states(app) == [("notes", 1, "applied")]


async def test_plugins_migrate_in_order_of_need(tmp_path: Path) -> None:
    def pointing(op: Any) -> None:
        op.create_table("more_more", sa.Column("note", sa.String(26), sa.ForeignKey("notes_notes.id")))

    class Promise: ...

    more = notes(steps(pointing), "more", after=("notes",))
    async with site(tmp_path, more, notes(steps(tables))) as app:
        assert await states(app) == [("notes", 1, "applied"), ("more", 1, "applied")]


async def test_the_ledger_tells_when_and_how_long(tmp_path: Path, clock: Any) -> None:
    async with site(tmp_path, notes(steps(tables)), clock=clock) as app:
        row = await app.need(Database).fetch_one("SELECT * FROM migrations_ledger")
    assert row is not None
    assert (row["plugin"], row["number"], row["name"]) == ("notes", 1, "tables")
    assert row["applied_at"] == "2030-01-01T00:00:00.000Z"
    assert row["ms"] >= 0
    assert len(row["checksum"]) == 64


async def test_status_is_an_operation(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables))) as app:
        answer = await app.operations.run("migrate.status", {}, app.call(SYSTEM, "test"))
        told = app.structurer.unstructure(answer)
    assert json.loads(json.dumps(told))[0]["state"] == "applied"


@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1], [0, 1]])
async def test_numbers_are_one_two_three(tmp_path: Path, numbers: Sequence[int]) -> None:
    wrong = [Migration(number=n, name="x", upgrade=tables) for n in numbers]
    assert "must be numbered 1, 2, 3" in await refusal(tmp_path, notes(wrong))


async def test_a_failing_step_leaves_nothing_of_itself(tmp_path: Path) -> None:
    said = await refusal(tmp_path, notes(steps(tables, broken)))
    if current.engine.plugin == "mysql":  # it commits each change of a table
        assert said.startswith("migration notes 2 'broken' failed, and what it did before that stays")
        edited = await refusal(tmp_path, notes(steps(tables, colour)))
        assert edited.startswith("migration notes 2 'colour' was begun in another form and is half done")
        return
    assert said.startswith("migration notes 2 'broken' failed, and nothing of it was applied")
    async with site(tmp_path, notes(steps(tables, colour))) as app:  # repaired
        assert "notes_more" not in await names(app)
        assert await states(app) == [("notes", 1, "applied"), ("notes", 2, "applied")]


async def test_a_third_partys_failure_is_its_own(tmp_path: Path) -> None:
    theirs = notes(steps(broken), "theirs")
    async with site(tmp_path, notes(steps(tables)), others=[theirs]) as app:
        assert "theirs" not in app.plugins
        assert [failure.plugin for failure in app.failures] == ["theirs"]
        assert await states(app) == [("notes", 1, "applied")]


async def test_a_step_that_cannot_be_written(tmp_path: Path) -> None:
    def reads(op: Any) -> None:
        list(op.get_bind().execute(sa.text("SELECT 1")))

    assert "migration notes 1 'reads' cannot be written as SQL" in await refusal(tmp_path, notes(steps(reads)))


async def test_tables_bear_their_plugins_name(tmp_path: Path) -> None:
    said = await refusal(tmp_path, notes(steps(tables), "other"))
    assert "makes 'notes_notes': call it 'other_notes_notes'" in said


async def test_code_that_is_older_than_its_tables(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables, colour))):
        pass
    said = await refusal(tmp_path, notes(steps(tables)))
    assert "the tables of 'notes' are newer than its code: step 2 'colour'" in said
    assert "this version knows 1: install the newer version again, or restore the backup" in said
    assert "\n" not in said


async def test_a_row_of_the_ledger_that_nobody_wrote(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables))) as app:
        await app.need(Database).execute(
            "INSERT INTO migrations_ledger (plugin, number, name, checksum, applied_at, ms) "
            "VALUES ('notes', 0, 'odd', '', '2026-01-01T00:00:00.000Z', 1)"
        )
    said = await refusal(tmp_path, notes(steps(tables)))
    assert "(table migrations_ledger) has a row for plugin 'notes' that no version of Newel writes (number 0," in said
    assert said.endswith("correct the row, or restore the backup")
    assert "\n" not in said


async def test_tables_of_a_plugin_that_is_off_are_left_alone(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables))):
        pass
    async with site(tmp_path) as app:
        assert "notes_notes" in await names(app)
        assert await states(app) == []


async def test_an_edited_step_is_told_and_stops_nothing(tmp_path: Path) -> None:
    async with site(tmp_path, notes(steps(tables))):
        pass
    edited = [Migration(number=1, name="tables", upgrade=colour)]
    log = io.StringIO()
    async with site(tmp_path, notes(edited), log=log) as app:
        assert await states(app) == [("notes", 1, "changed")]
    assert "edited after it had been applied" in log.getvalue()


def test_comments_are_no_edit() -> None:
    def plainly() -> Any:
        def one(op: Any) -> None:
            op.execute("x")

        return one

    def with_a_reason() -> Any:
        def one(op: Any) -> None:
            # because

            op.execute("x")

        return one

    assert checksum(plainly()) == checksum(with_a_reason())
    assert checksum(colour) != checksum(tables)
    assert checksum(print) == ""


async def test_a_table_that_others_point_at_is_changed_without_losing_them(tmp_path: Path) -> None:
    def two(op: Any) -> None:
        tables(op)
        op.create_table(
            "notes_marks",
            sa.Column("note", sa.String(26), sa.ForeignKey("notes_notes.id", ondelete="CASCADE"), nullable=False),
        )
        op.execute("INSERT INTO notes_notes (id, text) VALUES ('a', 'x')")
        op.execute("INSERT INTO notes_marks (note) VALUES ('a')")

    def changed(op: Any) -> None:
        columns = (sa.Column("id", sa.String(26), primary_key=True), sa.Column("text", sa.Text))
        known = sa.Table("notes_notes", sa.MetaData(), *columns)
        with op.batch_alter_table("notes_notes", copy_from=known) as batch:
            batch.alter_column("text", nullable=False, existing_type=sa.Text())

    async with site(tmp_path, notes(steps(two, changed))) as app:
        db = app.need(Database)
        assert await db.fetch_all("SELECT note FROM notes_marks") == [{"note": "a"}]
        with pytest.raises(Exception, match=r"(?i)not.null|default value"):
            await db.execute("INSERT INTO notes_notes (id) VALUES ('b')")
        with pytest.raises(Exception, match="not there"):  # foreign keys are on again
            await db.execute("INSERT INTO notes_marks (note) VALUES ('gone')")


async def test_a_dropped_table_that_others_point_at_is_refused(tmp_path: Path) -> None:
    def two(op: Any) -> None:
        tables(op)
        op.create_table("notes_marks", sa.Column("note", sa.String(26), sa.ForeignKey("notes_notes.id")))
        op.execute("INSERT INTO notes_notes (id) VALUES ('a')")
        op.execute("INSERT INTO notes_marks (note) VALUES ('a')")

    def dropped(op: Any) -> None:
        op.drop_table("notes_notes")

    assert re.search(
        "point at nothing|points at|depend on it|in use", await refusal(tmp_path, notes(steps(two, dropped)))
    )
    async with site(tmp_path, notes(steps(two))) as app:
        assert "notes_notes" in await names(app)


async def test_two_that_start_at_once_apply_it_once(tmp_path: Path) -> None:
    migrations = steps(tables, colour)
    async with site(tmp_path):  # the file is there
        pass

    async def start() -> list[tuple[str, int, str]]:
        # Not ``make_app``: the tasks of the others, who still run, would count as left over.
        app = build_app(["database", "migrations", notes(migrations)], FILE, folder=tmp_path)
        async with app.running():
            return await states(app)

    found = await asyncio.gather(*(start() for _ in range(4)))
    assert found == [[("notes", 1, "applied"), ("notes", 2, "applied")]] * 4
    async with site(tmp_path, notes(migrations)) as app:
        assert await app.need(Database).fetch_one("SELECT count(*) AS c FROM notes_notes") == {"c": 1}


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mysql"])
def test_statements_are_one_each_with_their_colons_escaped(dialect: Any) -> None:
    assert len(rendered(tables, dialect)) == 1
    added, inserted = rendered(colour, dialect)
    assert "blue\\:green" in added
    assert inserted == "INSERT INTO notes_notes (id, text) VALUES ('a', '10\\:30 %')"


def test_manifests_import_nothing_heavy() -> None:
    heavy = ("sqlalchemy", "alembic", "databases", "sqlite3")
    code = f"import sys, newel_migrations, newel_sqlite; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
