"""Every option of a query, with one answer on all engines; what would have several is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop, integer, text

from newel_lua.model import LuaFault, LuaRefused

CITIES = [
    ("a", "Rome", "IT", 28), ("b", "Oslo", "NO", 7), ("c", "Bergen", "NO", 3), ("d", "Nowhere", None, None),
    ("e", "Bari", "IT", 3), ("f", "bari", "IT", 3), ("g", "Ålesund", "NO", 1), ("h", "Rome", "US", 1),
]  # fmt: skip


@pytest.fixture
async def cities(shop: Shop) -> Shop:
    await shop.define("cities", text("name"), text("country"), integer("size"), {"name": "j", "type": "json"},
                      {"name": "old", "type": "boolean"}, {"name": "b", "type": "blob"})  # fmt: skip
    await shop.define("countries", text("code"), text("name"), text("rival"))
    keys = ("id", "name", "country", "size")
    await shop.do("insert_many", "cities", [dict(zip(keys, one, strict=True)) for one in CITIES])
    await shop.do("insert_many", "countries", [
        {"id": "1", "code": "IT", "name": "Italy", "rival": "NO"}, {"id": "2", "code": "NO", "name": "Norway"},
        {"id": "3", "code": "FR", "name": "France", "rival": "IT"},
    ])  # fmt: skip
    return shop


async def ids(shop: Shop, **options: Any) -> str:
    return "".join(row["id"] for row in await shop.do("query", "cities", options))


async def test_order_is_complete_and_the_same_everywhere(cities: Shop) -> None:
    assert await ids(cities) == "abcdefgh"
    assert await ids(cities, order_by="name") == "ecdbahfg"  # by bytes, then by id
    assert await ids(cities, order_by="name", desc=True) == "gfhabdce"
    assert await ids(cities, order_by="size") == "dghcefba"  # NULL first
    assert await ids(cities, order_by="size DESC, name asc") == "abecfhgd"
    assert await ids(cities, order_by=[["size", True], "name"]) == "abecfhgd"
    assert await ids(cities, order_by={"column": "size", "desc": True}, limit=2) == "ab"
    pages = [await ids(cities, order_by="country", limit=3, offset=skip) for skip in (0, 3, 6, 9)]
    assert pages == ["dae", "fbc", "gh", ""]
    assert len(await ids(cities, limit=10**9)) == len(await ids(cities, limit=0)) == 8


async def test_every_operator(cities: Shop) -> None:
    for where, found in [
        (["=", "size", 3], "cef"), (["<>", "size", 3], "abgh"), ([">", "size", 3], "ab"), ([">=", "size", 3], "abcef"),
        (["<", "size", 3], "gh"), (["<=", "size", 3], "cefgh"), (["between", "size", 3, 7], "bcef"),
        (["in", "size", [1, 7, 28]], "abgh"), (["not in", "size", [1, 3]], "ab"), (["null", "size"], "d"),
        (["not null", "country"], "abcefgh"), (["like", "name", "%ari"], "ef"), (["like", "name", "B%"], "ce"),
        (["not like", "name", "%o%"], "cefg"), (["like", "name", "\\%"], ""), (["like", "name", "Ro_e"], "ah"),
        (["not", ["=", "country", "NO"]], "aefh"), (["or", [["=", "id", "a"], ["null", "country"]]], "ad"),
        (["and", [["=", "country", "IT"], ["not", ["or", [["=", "id", "a"], [">", "name", "a"]]]]]], "e"),
        (["=", "cities.name", "Oslo"], "b"), (["=", "plugin_shop_cities.name", "Oslo"], "b"),
        (["in", "id", [f"{number}" for number in range(499)] + ["c"]], "c"), (["=", "size", "7"], "b"),
        (["=", "name", "Oslo' OR '1'='1"], ""), (["=", "name", ":w0 %s $1 ?"], ""),
    ]:  # fmt: skip
        assert (where, await ids(cities, where=where)) == (where, found)
        assert await cities.do("count", "cities", {"where": where}) == len(found)
        assert await cities.do("exists", "cities", {"where": where}) is bool(found)


async def test_joins(cities: Shop) -> None:
    on = {"table": "countries", "local_col": "country", "foreign_col": "code"}
    names = {"columns": ["id", {"column": "countries.name", "alias": "country"}]}
    found = await cities.do("query", "cities", {**names, "joins": [on], "where": ["like", "cities.name", "B%"]})
    assert found == [{"id": "c", "country": "Norway"}, {"id": "e", "country": "Italy"}]
    left = await cities.do("query", "cities", {**names, "joins": [{**on, "type": "LEFT"}], "where": ["null", "code"]})
    assert left == [{"id": "d", "country": None}, {"id": "h", "country": None}]
    right = {"joins": [{**on, "type": "right"}], "columns": ["cities.id", "code"], "order_by": "code", "limit": 2}
    assert await cities.do("query", "cities", right) == [{"id": None, "code": "FR"}, {"id": "a", "code": "IT"}]
    twice = {
        "joins": [
            {"table": "countries", "alias": "mine", "on": "cities.country = mine.code"},
            {"table": "countries", "alias": "rival", "local_col": "mine.rival", "foreign_col": "code"},
        ],
        "columns": ["id", {"column": "rival.name", "alias": "r"}],
    }
    assert await cities.do("query", "cities", twice) == [{"id": one, "r": "Norway"} for one in "aef"]
    assert await cities.do("count", "cities", {"joins": twice["joins"]}) == 3
    plain = (await cities.do("query", "cities", {"joins": [on], "limit": 1}))[0]
    assert (plain["id"], plain["name"], plain["code"]) == ("a", "Rome", "IT")


async def test_groups_and_aggregates(cities: Shop) -> None:
    def agg(function: str, column: str | None = None, alias: str | None = None) -> dict[str, Any]:
        return {"agg": function, "column": column, "alias": alias}

    everything = [agg("count"), agg("count", "country"), agg("sum", "size"), agg("avg", "size", "mean"),
                  agg("min", "name"), agg("max", "size"), agg("sum", "old")]  # fmt: skip
    assert await cities.do("query", "cities", {"columns": everything}) == [
        {"count": 8, "count_country": 7, "sum_size": 46, "mean": 46 / 7, "min_name": "Bari", "max_size": 28,
         "sum_old": None}
    ]  # fmt: skip
    grouped = {"columns": ["country", agg("sum", "size", "total")], "group_by": ["country"]}
    assert await cities.do("query", "cities", grouped) == [
        {"country": None, "total": None}, {"country": "IT", "total": 34}, {"country": "NO", "total": 11},
        {"country": "US", "total": 1},
    ]  # fmt: skip
    having = {**grouped, "having": ["and", [[">", "total", 1], ["<", {"agg": "count", "column": "*"}, 4]]],
              "order_by": "total", "where": ["<>", "name", "nothing"]}  # fmt: skip
    assert [one["country"] for one in await cities.do("query", "cities", having)] == ["NO", "IT"]
    assert await cities.do("query", "cities", {"group_by": "size", "distinct": True, "limit": 2}) == [
        {"size": None}, {"size": 1},
    ]  # fmt: skip
    names = {"columns": ["name"], "distinct": True, "order_by": "name", "limit": 6, "offset": 3}
    assert await cities.do("query", "cities", names) == [
        {"name": "Oslo"}, {"name": "Rome"}, {"name": "bari"}, {"name": "Ålesund"},
    ]  # fmt: skip


async def test_a_sum_is_exact_or_refused(cities: Shop) -> None:
    most = 2**63 - 1
    await cities.do("insert_many", "cities", [{"name": "x", "size": most - 1}, {"name": "x", "size": 1}])
    total = {"columns": ["name", {"agg": "sum", "column": "size", "alias": "s"}], "group_by": "name"}
    options = {**total, "having": ["=", "s", most], "where": ["=", "name", "x"]}
    assert await cities.do("query", "cities", options) == [{"name": "x", "s": most}]
    await cities.do("insert", "cities", {"name": "x", "size": 1})
    with pytest.raises(LuaRefused, match=r"^a sum has more than 64 bits"):
        await cities.do("query", "cities", total)


def nested(levels: int) -> list[Any]:
    made: list[Any] = ["null", "name"]
    for _ in range(levels):
        made = ["not", made]
    return made


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"wher": {}}, r"there is no option 'wher' \(did you mean 'where'\?\)"),
    ({"x" * 100: 1}, "there is no option 'x{64}'"),
    ({"where": {"name": "x"}}, "where must be made of conditions"),
    ({"where": ["= 1 OR", "name", "x"]}, "there is no operator"),
    ({"where": [["="], "name", "x"]}, "there is no operator"),
    ({"where": ["and", []]}, "an empty list of conditions"),
    ({"where": [">", "j", "x"]}, "'j' is json, which has no order"),
    ({"where": ["like", "size", "x"]}, "'like' needs text"),
    ({"where": ["=", {"agg": "count"}, 1]}, "must be a string, got a table"),
    ({"order_by": ["name"] * 9}, "order_by has more than 8 entries"),
    ({"order_by": "b"}, "'b' has no order"),
    ({"order_by": 5}, "order_by must be a list, got a number"),
    ({"order_by": [{"colum": "name"}]}, "no option 'colum'"),
    ({"limit": "10"}, "limit must be a whole number, got a string"),
    ({"limit": 1.5}, "limit must be a whole number"),
    ({"offset": -1}, "offset must be from 0"),
    ({"offset": 1e300}, "offset must be from 0"),
    ({"distinct": 1}, "distinct must be true or false"),
    ({"columns": "name"}, "columns must be a list"),
    ({"columns": ["name", "name"]}, "two are called 'name'"),
    ({"columns": [{"column": "name", "alias": 'a"; --'}]}, "is no alias"),
    ({"columns": [{"agg": "pg_sleep", "column": "name"}]}, "there is no aggregate 'pg_sleep'"),
    ({"columns": [{"agg": "sum", "column": "*"}]}, "sum needs a column"),
    ({"columns": [{"agg": "sum", "column": "name"}]}, "sum needs numbers, and 'name' is text"),
    ({"columns": [{"agg": "max", "column": "b"}]}, "'b' is blob"),
    ({"columns": ["name", {"agg": "count"}]}, "'name' is neither in group_by nor in an aggregate"),
    ({"columns": ["name"], "group_by": "size"}, "'name' is neither in group_by"),
    ({"group_by": "size", "order_by": "name"}, "'name' is neither in group_by"),
    ({"columns": ["name"], "distinct": True, "order_by": "size"}, "order_by must name columns that are selected"),
    ({"having": ["=", "size", 1]}, "having needs group_by"),
    ({"joins": [{"table": "cities", "local_col": "id", "foreign_col": "id"}]}, "give one an 'alias'"),
    ({"joins": [{"table": "countries", "on": "1=1 OR a.b = c.d"}]}, "on of a join is written"),
    ({"joins": [{"table": "countries", "type": "cross"}]}, "inner, left or right"),
    ({"joins": [{"table": "countries", "alias": "x y"}]}, "is no alias"),
    ({"joins": [{}] * 9}, "joins has more than 8"),
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"where": ["between", "name", "x"]}, "takes 2 values"),
    ({"where": ["null", "name", "x"]}, "takes no values"),
    ({"where": ["=", "name"]}, "the operator '=' takes 1 value"),
    ({"where": nested(10)}, "nested deeper than 10"),
    ({"where": ["and", [["null", "name"]] * 50]}, "more than 50 conditions"),
    ({"where": ["in", "name", ["x"] * 501]}, "takes 1 to 500 values, got 501"),
    ({"where": ["in", "name", []]}, "takes 1 to 500 values, got 0"),
    ({"where": ["=", "nam", "x"]}, r"the table 'cities' has no column 'nam' \(did you mean 'name'\?\)"),
    ({"where": ["=", "name OR 1=1", "x"]}, "has no column 'name OR 1=1'"),
    ({"where": ["=", 'name"', "x"]}, "has no column"),
    ({"where": ["=", "name\0", "x"]}, r"has no column \(unprintable\)"),
    ({"where": ["=", "lua_tables.plugin", "x"]}, "no table 'lua_tables' in this query"),
    ({"where": ["=", "size", "x"]}, "'size' takes an integer, got a string"),
    ({"where": ["=", "name", "a\0"]}, "'name' takes text without a NUL"),
    ({"where": ["=", "name", b"\xff"]}, "'name' takes text in UTF-8"),
    ({"where": ["=", "name", {"a": 1}]}, "'name' takes text, got a table"),
    ({"where": ["like", "name", "%" * 1001]}, "at most 1000 characters"),
    ({"order_by": "name; DROP TABLE x"}, "has no column 'name; DROP TABLE x'"),
    ({"order_by": "name desc nulls last"}, "has no column"),
    ({"columns": ["*"]}, r"has no column '\*'"),
    ({"columns": ["count(*)"]}, "has no column"),
    ({"group_by": ["1"]}, "has no column '1'"),
    ({"joins": [{"table": "lua_tables", "local_col": "id", "foreign_col": "id"}]}, "has no table 'lua_tables'"),
    ({"joins": [{"table": "countries", "local_col": "nope", "foreign_col": "id"}]}, "has no column 'nope'"),
]  # fmt: skip


async def test_what_is_wrong_is_told_and_nothing_of_it_reaches_the_database(cities: Shop) -> None:
    for options, said in FAULTS:
        with pytest.raises(LuaFault, match=rf"^db\.query: .*{said}"):
            await cities.do("query", "cities", options)
    for options, said in REFUSED:
        with pytest.raises(LuaRefused, match=said):
            await cities.do("query", "cities", options)
    for function in ("count", "exists"):
        with pytest.raises(LuaFault, match=rf"^db\.{function}: group_by and distinct have no meaning here"):
            await cities.do(function, "cities", {"distinct": True})
    with pytest.raises(LuaFault, match=r"^db\.query: argument 1 \(table\) must be a string, got nil"):
        await cities.do("query")
    with pytest.raises(LuaFault, match=r"^db\.query: argument 2 \(options\) must be a table with names, got a list"):
        await cities.do("query", "cities", ["x"])
    with pytest.raises(LuaRefused, match=r"this plugin has no table 'citys' \(did you mean 'cities'\?\)"):
        await cities.do("query", "citys")


async def test_statements_are_rendered_once_a_shape(cities: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    render = type(cities.database).render
    monkeypatch.setattr(
        type(cities.database), "render", lambda self, clause: rendered.append(1) or render(self, clause)
    )
    for number in range(20):
        await ids(cities, where=["in", "size", list(range(17, 18 + number % 15))], limit=number + 1, offset=number)
    assert len(rendered) <= 5
