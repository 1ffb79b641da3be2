"""The plugin itself: its tables, its field types among others', and what an operation costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field

from newel import Manifest, hookimpl
from newel.contracts.content import FieldType
from newel.errors import BootError
from newel.hooks.content import content_after_type_change
from newel.testing import HookCalls, make_app
from newel.testing.engines import current
from newel_content import tables


async def test_the_migration_makes_the_tables_of_tables_py(site: Site) -> None:
    made = {shape.name: shape for shape in await site.store.db.tables()}
    for table in tables.metadata.sorted_tables:
        shape = made[table.name]
        assert shape.columns == tuple(column.name for column in table.columns), table.name
        assert shape.nullable == {column.name for column in table.columns if column.nullable}, table.name
        assert shape.key == tuple(column.name for column in table.primary_key), table.name
        points_at = {key.parent.name: key.column.table.name for key in table.foreign_keys}
        assert dict(shape.points_at) == points_at, table.name


INDEXES = {
    "sqlite": "select m.name as at_table, l.name as name from sqlite_schema m, pragma_index_list(m.name) l",
    "postgresql": "select tablename as at_table, indexname as name from pg_indexes where schemaname = current_schema()",
    "mysql": "select distinct table_name as at_table, index_name as name from information_schema.statistics"
    " where table_schema = database()",
}


async def test_the_migration_makes_the_indexes_of_tables_py(site: Site) -> None:
    found = await site.rows(INDEXES[site.store.db.dialect])
    for table in tables.metadata.sorted_tables:
        made = {row["name"] for row in found if row["at_table"] == table.name}
        uniques = [one for one in table.constraints if type(one).__name__ == "UniqueConstraint"]
        if site.store.db.dialect == "sqlite":  # which gives the index of a constraint a name of its own
            own = [name for name in made if name.startswith("sqlite_autoindex_")]
            assert len(own) == len(uniques) + 1, table.name
            wanted = {*own, *(index.name for index in table.indexes)}
            assert made == wanted, table.name
        else:
            wanted = {one.name for one in (*uniques, *table.indexes)}
            assert wanted <= made, table.name


class Stars:
    """Brings a field type, and one that content has."""

    manifest = Manifest(name="stars", summary="A plugin of these tests.", load=f"{__name__}:Stars")
    clashing = False

    def __init__(self, app: Any) -> None:
        self.told: list[str] = []

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        def parse(value: Any, field: Any) -> str:
            return "*" * int(value)

        name = "text" if self.clashing else "stars"
        return [
            FieldType(name=name, summary="Stars.", parse=parse, schema=lambda field: {}, key=lambda one, field: one)
        ]

    @hookimpl
    def content_after_type_change(self, name: str) -> None:
        self.told.append(name)


async def test_a_plugin_brings_a_field_type(open_site: Any) -> None:
    site = await open_site(Stars.manifest)
    calls = HookCalls(site.app)
    await site.type("film", field("rating", "stars", indexed=True))
    assert (await site.create("film", rating=3)).data == {"rating": "***"}
    await site.app.settle()
    assert calls.of(content_after_type_change) == ["film"]


async def test_a_field_whose_plugin_is_gone_is_readable(open_site: Any, tmp_path: Any) -> None:
    database = current.engine.lasting(tmp_path)
    site = await open_site(Stars.manifest, database=database)
    await site.type("film", TITLE, field("rating", "stars"))
    made = await site.create("film", title="One", rating=2)
    other = await open_site(database=database)
    assert (await other.get(made)).data == {"title": "One", "rating": "**"}
    assert (await other.update(made, title="Two")).data["rating"] == "**"
    with pytest.raises(Exception, match="not valid"):
        await other.update(made, rating=1)


async def test_two_plugins_with_one_field_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stars, "clashing", True)
    with pytest.raises(BootError, match=r"stars and content both bring the field type 'text'"):
        async with make_app(["database", "migrations", "content", Stars.manifest]):
            pass
    async with make_app(["database", "migrations", "content"], others=[Stars.manifest]) as app:
        assert [(one.plugin, one.stage) for one in app.failures] == [("stars", "collect")]
        assert app.plugins["content"].field_types.get("text").summary == "One line of text."  # type: ignore[attr-defined]  # inside


async def test_statements_per_operation(site: Site, statements: list[str]) -> None:
    """Each figure is the whole operation on warm caches; it does not grow with fields, locales, blocks or the tree."""
    await site.type("tag", TITLE)
    plain = [field(f"f{number}", indexed=True, localized=True) for number in range(10)]
    await site.type("note", TITLE, *plain)
    await site.type("page", TITLE, SLUG, *plain, field("tags", "reference", options={"many": True}), kind="page")
    tags = [(await site.create("tag", title=str(number))).id for number in range(10)]
    top = await site.create("page", title="Top")
    for number in range(20):
        child = await site.create("page", title=f"Child {number}", parent=top.id)
        await site.on("publish", child)
    await site.run("types.list")
    counts: dict[str, int] = {}

    async def count(label: str, act: Any) -> Any:
        statements.clear()
        answer = await act
        counts[label] = len(statements)
        return answer

    many = {f"f{number}": "x" for number in range(10)}
    note = await count("create", site.create("note", title="n", **many))
    creating = site.create("page", title="p", parent=top.id, tags=tags, **many)
    page = await count("create with a slug, a parent and references", creating)
    await count("get", site.get(note))
    await count("update", site.update(note, f1="y", f2="z"))
    await site.update(page, f1="y")
    await count("update of references, with an old base", site.update(page, revision=1, tags=tags[1:]))
    await count("publish", site.on("publish", note))
    await count("publish again", site.on("publish", await site.update(note, f1="w")))
    await count("publish a page", site.on("publish", page))
    await count("publish a page with 20 below it, at a new path", site.on("publish", top))
    await count("unpublish", site.on("unpublish", note))
    await count("move", site.on("move", page, before=child.id))
    await count("move below another page", site.on("move", page, top=True))
    await count("delete", site.on("delete", note))
    await count("restore from the trash", site.on("restore_trashed", note))
    assert counts == {
        "create": 4,
        "create with a slug, a parent and references": 10,
        "get": 3,
        "update": 7,
        "update of references, with an old base": 8,
        "publish": 14,
        "publish again": 16,
        "publish a page": 24,
        "publish a page with 20 below it, at a new path": 23,
        "unpublish": 14,
        "move": 14,
        "move below another page": 28,
        "delete": 12,
        "restore from the trash": 11,
    }
