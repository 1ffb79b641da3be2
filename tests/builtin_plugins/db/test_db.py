"""Care of the database, and a site that moves from one engine to another and back with nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.content.site import Site, field

from newel import Forbidden
from newel.cli import run
from newel.contracts.database import Database, TableShape
from newel.errors import Conflict
from newel.sql.copying import Copying, Digest
from newel.sql.statements import Texts
from newel.sql.tables import in_order
from newel.testing import actor, make_app
from newel.testing.engines import Engine

pytestmark = pytest.mark.needs_plugin("audit")  # the commands run the site with it

PLUGINS = ["database", "migrations", "audit", "accounts", "content", "db"]


async def test_size_and_check(engine: Engine) -> None:
    async with make_app(PLUGINS) as app:
        call = app.call(actor("admin"), "test")
        size = await app.operations.run("db.size", {}, call)
        assert size.server == app.need(Database).server
        rows = {one.name: one.rows for one in size.tables}
        assert rows["accounts_users"] == 1
        assert size.bytes > 0
        assert all(one.bytes >= 0 for one in size.tables)
        check = await app.operations.run("db.check", {}, call)
        assert (check.ok, check.complaints) == (True, ())
        for name in ("db.size", "db.check"):
            with pytest.raises(Forbidden):
                await app.operations.run(name, {}, app.call(actor("somebody"), "test"))
        trail = await app.operations.run("audit.list", {"operation": "db.size"}, call)
        assert [(row.actor, row.outcome) for row in trail.data] == [("somebody", "denied"), ("admin", "done")]


def shape(name: str, **points_at: str) -> TableShape:
    return TableShape(name=name, columns=("id",), key=("id",), points_at=points_at, nullable=frozenset())


def test_tables_come_after_those_they_point_at() -> None:
    shapes = [shape("a", x="c"), shape("b", own="b"), shape("c", x="b")]
    assert [one.name for one in in_order(shapes)] == ["b", "c", "a"]
    with pytest.raises(Conflict, match="a, b"):
        in_order([shape("a", x="b"), shape("b", x="a")])


def test_a_digest_minds_rows_and_not_their_order() -> None:
    def digest(*rows: dict[str, Any]) -> str:
        made = Digest()
        for row in rows:
            made.add(row, ("a", "b"))
        return made.text

    one, two = {"a": 1, "b": "x"}, {"a": 2, "b": None}
    assert digest(one, two) == digest(two, one)
    assert digest(one, one) != digest(two, two)
    assert digest({"a": 1.0, "b": "x"}) == digest(one)
    assert digest({"a": 1, "b": b"x"}) != digest(one)
    assert digest({"a": "1", "b": "x"}) != digest(one)


async def filled(url: str, folder: Path) -> dict[str, Any]:
    """A site with a little of everything; what its readers and its trail say."""
    config = {"database": {"url": url}, "content": {"locales": ["en", "de"]}}
    async with make_app(PLUGINS, config, folder=folder) as app:
        site = Site(app)
        await site.type("page", field("title", indexed=True, localized=True), kind="page")
        above = None
        for number in range(12):  # each below the one before it: rows that point at their own table
            made = await site.create("page", title=f"{number} \U0001f9f6 ' \\ : %", parent=above)
            await site.on("publish", made)
            above = made.id if number % 4 else None
        return await told(site)


async def told(site: Site) -> dict[str, Any]:
    listed = await site.run("content.list", type="page", status="draft", sort=("title",), limit=100)
    trail = await site.run("audit.list", limit=200)
    return {
        "entries": [(one.id, one.revision, one.parent, dict(one.data)) for one in listed.data],
        "trail": [(row.id, row.operation, row.after) for row in trail.data],
    }


@pytest.mark.may_block
@pytest.mark.fresh
@pytest.mark.parametrize("away", [True, False], ids=["from SQLite", "to SQLite"])
def test_a_site_moves(away: bool, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    file = f"sqlite:///{tmp_path}/one.db"
    other = f"sqlite:///{tmp_path}/two.db" if engine.plugin == "sqlite" else engine.make()
    source, target = (file, other) if away else (other, file)
    plugins = [name if name != "database" else ("sqlite" if away else engine.plugin) for name in PLUGINS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.builtin_plugins.db.test_db.PLUGINS", plugins)
        before = asyncio.run(filled(source, tmp_path))
    (tmp_path / "newel.toml").write_text("")
    command = ["--site", str(tmp_path), "db", "copy", "--from", source, "--to", target, "--json"]
    assert run(command) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {one["name"]: one["rows"] for one in answer["tables"]}["content_entries"] == 12
    assert answer["left_out"] == []
    after = asyncio.run(read(target, tmp_path))
    assert after["entries"] == before["entries"]
    assert after["trail"][-len(before["trail"]) :] == before["trail"]
    # Not twice, but for who says so; then all is as it was.
    assert run(command) == 4
    assert "the target is not empty" in capsys.readouterr().err
    assert run([*command, "--overwrite", "--yes"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [one["digest"] for one in again["tables"]] == [one["digest"] for one in answer["tables"]]


async def read(url: str, folder: Path) -> dict[str, Any]:
    plugins = [*PLUGINS]
    plugins[0] = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mysql"}[url.partition(":")[0]]
    async with make_app(plugins, {"database": {"url": url}}, folder=folder) as app:
        return await told(Site(app))


async def test_a_row_that_does_not_come_over_as_it_was_is_found(tmp_path: Path) -> None:
    async with (
        make_app(["sqlite", "migrations", "content"], {"content": {"locales": ["en"]}}) as one,
        make_app(["sqlite", "migrations", "content"], {"content": {"locales": ["de"]}}) as two,
    ):
        source, target = one.need(Database), two.need(Database)
        shapes = [shape for shape in await source.tables() if shape.name == "content_locales"]
        await target.execute(Texts(target, shapes[0]).delete)
        await target.execute(
            "CREATE TRIGGER twist AFTER INSERT ON content_locales BEGIN UPDATE content_locales SET label = 'x'; END"
        )
        with pytest.raises(Conflict, match="content_locales did not come over as it was: rows that differ"):
            await Copying(source, target, shapes, lambda table, rows: None).run()


def test_vacuum_size_and_check_need_no_site_that_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = ["--site", str(tmp_path)]
    assert run([*site, "init"]) == 0
    assert run([*site, "migrate", "up"]) == 0
    capsys.readouterr()
    for command in (["size"], ["check"], ["vacuum"]):
        assert run([*site, "db", *command]) == 0
    said = capsys.readouterr().out
    assert "accounts_users" in said
    assert ": well" in said
    assert "bytes before" in said
    assert run([*site, "db", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    (tmp_path / "data" / "newel.db").write_bytes(b"no database at all" * 100)
    assert run([*site, "db", "check"]) == 1
    assert "not an SQLite file" in capsys.readouterr().err


def test_a_copy_reads_the_password_from_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--site", str(tmp_path), "db", "copy", "--to", "sqlite:///${GOAL}.db"]
    assert run(["--site", str(tmp_path), "init"]) == 0
    assert run(command) == 2
    assert "the URL names ${GOAL}, which is not set" in capsys.readouterr().err
    monkeypatch.setenv("GOAL", "there")
    assert run(command) == 0
    assert (tmp_path / "there.db").exists()
