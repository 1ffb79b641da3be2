"""Tables are made, grow, and belong to one plugin."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop, integer, text

from newel.contracts.database import Away
from newel_lua.model import LuaFault, LuaRefused
from newel_lua.modules.db import Drift, Orphan, drift, drop, orphaned
from newel_lua.modules.db.ddl import Making


async def test_a_plugin_never_reaches_the_table_of_another_whose_name_looks_the_same(shop: Shop) -> None:
    await shop.define("x", text("secret"), plugin="a_b")
    await shop.do("insert", "x", {"secret": "s"}, plugin="a_b")
    for name in ("b_x", "x", "plugin_a_b_x"):
        with pytest.raises(LuaRefused, match="this plugin has no table"):
            await shop.do("query", name, {}, plugin="a")
    await shop.define("b_x", text("mine"), plugin="a")  # the same name in the database, were it put together
    await shop.do("insert", "b_x", {"mine": "m"}, plugin="a")
    assert await shop.do("query", "b_x", {"columns": ["mine"]}, plugin="a") == [{"mine": "m"}]
    assert await shop.do("query", "x", {"columns": ["secret"]}, plugin="a_b") == [{"secret": "s"}]
    await drop(shop.database, "a")
    assert await shop.do("count", "x", plugin="a_b") == 1


async def test_a_plugin_never_takes_a_table_that_is_there_already(shop: Shop) -> None:
    await shop.database.execute("CREATE TABLE plugin_shop_t (foreigner VARCHAR(10))")
    await shop.define("t", text("a"))
    await shop.do("insert", "t", {"a": "x"})
    assert await shop.database.fetch_all("SELECT * FROM plugin_shop_t") == []


NO_NAMES = [
    "../x", 'x"; DROP TABLE lua_tables; --', "x y", "X", "", "1x", "x.y", "x'", "lua_tables\0", "é", "x" * 64,
    "x\n", "`",
]  # fmt: skip


async def test_what_is_no_name_of_a_table_is_refused(shop: Shop) -> None:
    for name in NO_NAMES:
        with pytest.raises(LuaFault, match="is no name of a table"):
            await shop.define(name, text("a"))
        with pytest.raises(LuaFault, match="is no name of a table"):
            await shop.do("query", name, {})


async def test_the_longest_names_stay_apart(shop: Shop) -> None:
    plugin, same = "p" * 32, "t" * 62
    for last in "ab":
        await shop.define(same + last, text("v" * 63), plugin=plugin)
        await shop.do("insert", same + last, {"v" * 63: last}, plugin=plugin)
    assert [
        (await shop.do("query_one", same + last, {}, plugin=plugin))["v" * 63] for last in "ab"
    ] == ["a", "b"]  # fmt: skip


async def test_columns_may_be_called_as_sql_words_are(shop: Shop) -> None:
    words = [
        "order",
        "select",
        "table",
        "group",
        "where",
        "key",
        "user",
        "index",
        "rowid",
        "offset",
        "limit",
        "End",
        "w0",
        "n",
    ]
    await shop.define("order", *(integer(word) for word in words), indexes=[{"columns": ["order", "select"]}])
    await shop.do("insert", "order", {word: number for number, word in enumerate(words)})
    for number, word in enumerate(words):
        found = await shop.do("query", "order", {"where": ["=", word, number], "columns": [word], "order_by": word})
        assert found == [{word: number}]
        assert await shop.do("update", "order", {"set": {word: number}, "where": [">=", word, 0]}) == 1
    grouped = {"columns": ["select", {"agg": "max", "column": "order", "alias": "from"}], "group_by": "select"}
    assert await shop.do("query", "order", grouped) == [{"select": 1, "from": 0}]


WRONG: list[tuple[Any, str]] = [
    ({}, "columns must be a list, got nil"),
    ({"columns": []}, "one to 64 columns"),
    ({"columns": [text(f"c{n}") for n in range(65)]}, "one to 64 columns"),
    ({"columns": [text("a")], "index": []}, r"no option 'index' \(did you mean 'indexes'\?\)"),
    ({"columns": [text("id")]}, "'id' is there by itself"),
    ({"columns": [text("a"), text("A")]}, "differ in case only"),
    ({"columns": [text("Updated_At")]}, "differ in case only"),
    ({"columns": [text("a"), integer("a")]}, "twice"),
    ({"columns": [text('a"b')]}, "is no name of a column"),
    ({"columns": [text("a; --")]}, "is no name of a column"),
    ({"columns": [{"name": "a", "type": "txt"}]}, r"no type 'txt' \(did you mean 'text'\?\)"),
    ({"columns": [{"name": "a", "type": "TEXT) ; --"}]}, "no type"),
    ({"columns": [{"name": 5, "type": "text"}]}, "the name of a column must be a string"),
    ({"columns": [text("a", not_null="yes")]}, "must be true or false"),
    ({"columns": [text("a", primary_key=True)]}, "the primary key is always 'id'"),
    ({"columns": [integer("a", default="x")]}, "the default of the column 'a': it takes an integer"),
    ({"columns": [{"name": "a", "type": "json", "unique": True}]}, "cannot be unique"),
    ({"columns": [text("a")], "indexes": [{"columns": ["b"]}]}, "no column 'b'"),
    ({"columns": [text("a")], "indexes": [{"columns": ["a", "a"]}]}, "a column twice"),
    ({"columns": [text("a")], "indexes": [{"columns": []}]}, "one to eight columns"),
    ({"columns": [{"name": "a", "type": "blob"}], "indexes": [{"columns": ["a"]}]}, "which has no order"),
    ({"columns": [text("a")], "foreign_keys": [{"column": "a", "ref_table": "lua_tables"}]}, "no table 'lua_tables'"),
    ({"columns": [text("a")], "foreign_keys": [{"column": "z", "ref_table": "t"}]}, "there is no column 'z'"),
    ({"columns": [integer("a")], "foreign_keys": [{"column": "a", "ref_table": "t"}]}, "'a' is integer and 'id' text"),
    (
        {"columns": [text("a"), text("b")], "foreign_keys": [{"column": "a", "ref_table": "t", "ref_column": "b"}]},
        "neither 'id' nor a unique column",
    ),
    (
        {"columns": [text("a")], "foreign_keys": [{"column": "a", "ref_table": "t", "on_delete": "DROP"}]},
        "on_delete of a foreign key is one of",
    ),
    (
        {
            "columns": [text("a", not_null=True)],
            "foreign_keys": [{"column": "a", "ref_table": "t", "on_delete": "set null"}],
        },
        "on_delete cannot be SET NULL",
    ),
    ({"columns": [text(f"c{n}", unique=True) for n in range(25)]}, "at most 24 text columns"),
    ({"columns": [integer(f"c{n}", unique=True) for n in range(17)]}, "at most 16 indexes"),
]


async def test_a_definition_that_is_wrong_says_where(shop: Shop) -> None:
    for definition, said in WRONG:
        with pytest.raises(LuaFault, match=rf"^db\.define_table: .*{said}"):
            await shop.do("define_table", "t", definition)
    assert not [one.name for one in await shop.database.tables() if one.name.startswith("plugin_")]


async def test_a_table_grows_and_nothing_of_it_goes(shop: Shop) -> None:
    await shop.define("t", text("a", not_null=True), text("old", not_null=True))
    await shop.do("insert", "t", {"a": "1", "old": "o"})
    await shop.define("t", text("a"), integer("n", default=7, not_null=True), text("b", unique=True))
    await shop.do("insert", "t", {"b": "x"})
    rows = await shop.do("query", "t", {"columns": ["a", "old", "n", "b"]})
    assert rows == [{"a": "1", "old": "o", "n": 7, "b": None}, {"a": None, "old": None, "n": 7, "b": "x"}]
    with pytest.raises(LuaRefused, match=r"^unique violation: b$"):
        await shop.do("insert", "t", {"b": "x"})
    assert await drift(shop.database, "shop") == [Drift(table="t", kind="extra", column="old")]
    await shop.define("t", integer("a"), integer("n"), text("b"), text("old"))
    assert await drift(shop.database, "shop") == [Drift(table="t", kind="type", column="a")]
    with pytest.raises(LuaFault, match="'c' is new and not_null"):
        await shop.define("t", text("c", not_null=True))


async def test_a_column_that_was_taken_away_by_hand_is_told(shop: Shop) -> None:
    await shop.define("t", text("a"), text("b"))
    await shop.database.execute("ALTER TABLE plugin_shop_t DROP COLUMN b")
    assert await drift(shop.database, "shop") == [Drift(table="t", kind="missing", column="b")]
    with pytest.raises(LuaRefused, match=r"^the database could not run a statement$"):
        await shop.do("query", "t", {})


async def test_defining_a_table_again_changes_nothing(shop: Shop) -> None:
    before = None
    for _ in range(3):
        await shop.define("t", text("a", unique=True), indexes=[{"columns": ["a", "id"]}])
        row = await shop.database.fetch_one("SELECT * FROM lua_tables")
        assert before in (None, row)
        before = row
        await shop.clock.advance(1)


async def test_two_processes_may_define_a_table_at_once(shop: Shop) -> None:
    others = [shop.another() for _ in range(3)]
    run = shop.run()
    given = ["t", {"columns": [text("a", unique=True)], "indexes": [{"columns": ["a", "created_at"]}]}]
    await asyncio.gather(*(one.functions["define_table"](run, given) for one in others))
    assert await others[0].functions["count"](run, ["t"]) == 0


async def test_a_table_that_was_half_made_is_completed(shop: Shop) -> None:
    """As MySQL leaves it when the process is killed: the name is taken and the table is there, without its index."""
    await shop.define("t", text("a", unique=True), text("b", default="x"))
    await shop.database.execute("DROP INDEX " + await index_of(shop))
    await shop.database.execute("UPDATE lua_tables SET definition = ''")
    shop.db.catalogue.forget("shop")
    with pytest.raises(LuaRefused, match="this plugin has no table 't'"):
        await shop.do("count", "t")
    await shop.define("t", text("a", unique=True), text("b", default="x"))
    await shop.do("insert", "t", {"a": "x"})
    with pytest.raises(LuaRefused, match=r"^unique violation: a$"):
        await shop.do("insert", "t", {"a": "x"})


async def index_of(shop: Shop) -> str:
    names = [one for one in await Making(shop.database).index_names("plugin_shop_t") if one.startswith("ux_")]
    return f"{names[0]} ON plugin_shop_t" if shop.database.dialect == "mysql" else names[0]


async def test_another_process_sees_a_new_table_and_a_new_column(shop: Shop) -> None:
    other = shop.another()
    run = shop.run()
    with pytest.raises(LuaRefused, match="this plugin has no table 't'"):
        await other.functions["count"](run, ["t"])
    await shop.define("t", text("a"))
    assert await other.functions["count"](run, ["t"]) == 0


class Gone:
    """A database that went away."""

    dialect = "sqlite"
    collation = ""

    def __init__(self, database: Any) -> None:
        self.render = database.render

    async def fetch_all(self, *_: Any) -> Any:
        raise Away("the database server cannot be reached")


async def test_a_database_that_is_away_is_told_and_no_crash(shop: Shop) -> None:
    db = shop.another(Gone(shop.database))
    with pytest.raises(LuaRefused, match=r"^the database server cannot be reached$"):
        await db.functions["count"](shop.run(), ["t"])
    with pytest.raises(LuaFault, match=r"^db\.define_table: the database server cannot be reached$"):
        await db.functions["define_table"](shop.run(), ["t", {"columns": [text("a")]}])


async def test_an_index_over_rows_that_break_it_is_refused(shop: Shop) -> None:
    await shop.define("t", text("a"), text("b"))
    await shop.do("insert_many", "t", [{"a": "x", "b": "y" * 1000}, {"a": "x"}])
    with pytest.raises(LuaRefused, match="unique violation: the rows of 't' have a value twice"):
        await shop.do("create_index", "t", {"columns": ["a"], "unique": True})
    with pytest.raises(LuaRefused, match="an index takes at most 640 characters of 'b', and a row has more"):
        await shop.do("create_index", "t", {"columns": "b"})
    await shop.do("create_index", "t", {"columns": ["a"]})
    await shop.do("create_index", "t", {"columns": ["a"]})
    with pytest.raises(LuaRefused, match="'a' of 't' takes at most 640 characters, since it has an index"):
        await shop.do("insert", "t", {"a": "x" * 641})
    await shop.do("insert", "t", {"a": "😀" * 640})


async def test_uniqueness_of_long_texts_is_of_all_their_characters(shop: Shop) -> None:
    await shop.define("t", text("a", unique=True), text("b"), indexes=[{"columns": ["a", "b"], "unique": True}])
    same = "😀" * 319
    await shop.do(
        "insert_many", "t", [{"a": same + "a"}, {"a": same + "b"}, {"a": same}, {"a": "x"}, {"a": "x "}, {"a": "X"}]
    )
    with pytest.raises(LuaRefused, match="at most 320 characters"):
        await shop.do("insert", "t", {"a": same + "ab"})


async def test_foreign_keys_hold_and_cascade(shop: Shop) -> None:
    await shop.define(
        "parents",
        text("code", unique=True),
        text("up"),
        foreign_keys=[{"column": "up", "ref_table": "parents", "on_delete": "SET NULL"}],
    )
    await shop.define("children", text("parent"), text("code"), foreign_keys=[
        {"column": "parent", "ref_table": "plugin_shop_parents", "ref_column": "id", "on_delete": "cascade"},
        {"column": "code", "ref_table": "parents", "ref_column": "code"},
    ])  # fmt: skip
    await shop.do("insert_many", "parents", [{"id": "a", "code": "A"}, {"id": "b", "code": "B", "up": "a"}])
    await shop.do("insert", "children", {"parent": "a", "code": "B"})
    with pytest.raises(LuaRefused, match=r"^foreign key violation"):
        await shop.do("delete", "parents", {"where": ["=", "id", "b"]})
    await shop.do("delete", "parents", {"where": ["=", "id", "a"]})
    assert await shop.do("count", "children") == 0
    assert (await shop.do("query_one", "parents", {}))["up"] is None
    await shop.define("children", text("parent"), text("code"), text("third"),
                      foreign_keys=[{"column": "third", "ref_table": "parents", "on_delete": "SET NULL"}])  # fmt: skip
    with pytest.raises(LuaRefused, match=r"^foreign key violation"):
        await shop.do("insert", "children", {"third": "nobody"})
    with pytest.raises(LuaFault, match="points at 'parents' itself"):
        await shop.define("parents", text("code", unique=True), text("child"),
                          foreign_keys=[{"column": "child", "ref_table": "children"}])  # fmt: skip


async def test_a_column_that_points_has_an_index(shop: Shop) -> None:
    await shop.define("parents", text("a"))
    before = len(await Making(shop.database).index_names("plugin_shop_parents"))
    await shop.define("children", text("parent"), foreign_keys=[{"column": "parent", "ref_table": "parents"}])
    assert len(await Making(shop.database).index_names("plugin_shop_children")) == before + 1


async def test_tables_are_not_defined_inside_a_transaction(shop: Shop) -> None:
    run = shop.run()
    await shop.do("begin", run=run)
    with pytest.raises(LuaFault, match="not inside a transaction"):
        await shop.do("define_table", "t", {"columns": [text("a")]}, run=run)
    await shop.do("rollback", run=run)


async def test_tables_of_plugins_that_are_gone_are_listed_and_dropped(shop: Shop) -> None:
    await shop.define("parents", text("a"))
    key = {"column": "a", "ref_table": "parents", "on_delete": "CASCADE"}
    await shop.define("a_children", text("a"), foreign_keys=[key])
    await shop.define("kept", text("a"), plugin="other")
    await shop.do("insert", "a_children", {})
    found = await orphaned(shop.database, {"other"})
    assert [(one.plugin, one.name, one.table) for one in found] == [
        ("shop", "a_children", "plugin_shop_a_children"), ("shop", "parents", "plugin_shop_parents"),
    ]  # fmt: skip
    assert isinstance(found[0], Orphan)
    assert await drop(shop.database, "shop") == ["plugin_shop_a_children", "plugin_shop_parents"]
    assert await orphaned(shop.database, set()) == await orphaned(shop.database, {"shop"})
    left = [one.name for one in await shop.database.tables() if one.name.startswith("plugin_")]
    assert left == ["plugin_other_kept"]
    with pytest.raises(LuaRefused, match="could not run a statement"):
        await shop.do("count", "parents")
    with pytest.raises(LuaRefused, match="this plugin has no table 'parents'"):
        await shop.do("count", "parents")


async def test_a_plugin_has_at_most_so_many_tables(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel_lua.modules.db.defining.TABLES", 2)
    for name in "ab":
        await shop.define(name, text("x"))
    with pytest.raises(LuaFault, match="at most 2 tables"):
        await shop.define("c", text("x"))
