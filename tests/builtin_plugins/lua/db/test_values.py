"""What goes into a column comes out of it, the same on every engine; what does not fit is refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop, text

from newel_lua.model import LuaFault, LuaRefused
from newel_lua.modules.db.kinds import LARGEST

TYPES = ("text", "integer", "boolean", "real", "timestamp", "json", "blob")


async def kept(shop: Shop, **values: Any) -> dict[str, Any]:
    id = await shop.do("insert", "all", values)
    found = await shop.do("query_one", "all", {"where": ["=", "id", id]})
    return {name: found[name] for name in values}


@pytest.fixture
async def all_types(shop: Shop) -> Shop:
    await shop.define("all", *({"name": f"{kind}_", "type": kind} for kind in TYPES))
    return shop


VALUES: list[dict[str, Any]] = [
    {"text_": "", "integer_": 0, "boolean_": False, "real_": 0.0, "json_": {}, "blob_": b""},
    {"text_": "a\n'\"\\%_:x 😀", "integer_": -(2**63), "boolean_": True, "real_": -1.5e300, "blob_": b"\0\xff'\\"},
    {"integer_": 2**63 - 1, "real_": 0.1, "timestamp_": "2026-02-15T12:00:00Z", "json_": [1, 2.5, None, "x", True]},
    {"timestamp_": "2026-02-15 12:00:00", "json_": {"a": {"b": [{}, []]}, "ü": "😀\0"}},
    {"json_": '{"theme":"dark"}', "text_": " padded "},
    {"json_": "no JSON", "text_": "x" * 100_000},
    {"json_": ' {"theme":"dark"}', "text_": "x "},
    {"json_": "[not, JSON", "blob_": bytes(range(256)) * 100},
    {"json_": 7},
    {"json_": False},
    {"text_": None, "integer_": None, "boolean_": None, "real_": None, "timestamp_": None, "json_": None},
]


async def test_values_come_back_as_they_were(all_types: Shop) -> None:
    for values in VALUES:
        found = await kept(all_types, **values)
        assert found == values
        assert [type(one) for one in found.values()] == [type(one) for one in values.values()]


async def test_a_value_is_turned_into_what_the_column_holds(all_types: Shop) -> None:
    given = {"text_": 5, "integer_": "42", "boolean_": 1, "real_": 3, "blob_": "ä"}
    assert await kept(all_types, **given) == {
        "text_": "5", "integer_": 42, "boolean_": True, "real_": 3.0, "blob_": "ä".encode(),
    }  # fmt: skip
    assert await kept(all_types, integer_=3.0, boolean_=0, real_="2.5", text_=1e20) == {
        "integer_": 3, "boolean_": False, "real_": 2.5, "text_": "1e+20",
    }  # fmt: skip
    assert str((await kept(all_types, real_=-0.0))["real_"]) == "0.0"


def deep(levels: int) -> Any:
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


UNFIT: list[tuple[str, Any, str]] = [
    ("text_", {"a": 1}, "takes text, got a table"),
    ("text_", True, "takes text, got a boolean"),
    ("text_", b"\xff", "takes text in UTF-8"),
    ("text_", "a\0b", "takes text without a NUL byte"),
    ("text_", "ä" * (LARGEST // 2 + 1), f"takes at most {LARGEST} bytes"),
    ("integer_", 1.5, "takes an integer, got a number"),
    ("integer_", "1; DROP TABLE x", "takes an integer, got a string"),
    ("integer_", "٣", "takes an integer, got a string"),
    ("integer_", 2**63, "takes an integer of 64 bits"),
    ("integer_", 1e300, "takes an integer of 64 bits"),
    ("integer_", float("inf"), "takes an integer, got a number"),
    ("boolean_", 2, "takes true or false, got a number"),
    ("boolean_", "true", "takes true or false, got a string"),
    ("real_", float("nan"), "takes a finite number"),
    ("real_", "1_0", "takes a number, got a string"),
    ("real_", 10**400, "takes a finite number"),
    ("real_", [], "takes a number, got a table"),
    ("timestamp_", "yesterday", "takes a date and time"),
    ("timestamp_", "2026-02-15T12:00:00Z" + " " * 100, "takes a date and time"),
    ("json_", {"a": float("inf")}, "takes what can be written as JSON"),
    ("json_", [b"\xff"], "takes what can be written as JSON"),
    ("json_", deep(100_000), "takes what can be written as JSON"),
    ("blob_", 5, "takes a string, got a number"),
    ("blob_", b"x" * (LARGEST + 1), f"takes at most {LARGEST} bytes"),
]


async def test_a_value_that_does_not_fit_is_refused(all_types: Shop) -> None:
    for column, value, said in UNFIT:
        with pytest.raises(LuaRefused, match=f"^'{column}' of 'all' {said}"):
            await all_types.do("insert", "all", {column: value})
    assert await all_types.do("count", "all") == 0


async def test_a_call_does_not_take_more_than_four_megabytes(all_types: Shop) -> None:
    half = "x" * (LARGEST - 1)
    with pytest.raises(LuaRefused, match="write them in parts"):
        await all_types.do("insert_many", "all", [{"text_": half}, {"text_": half}, {"text_": "xxx"}])


async def test_a_result_that_is_too_large_is_refused_before_it_is_held(all_types: Shop) -> None:
    for _ in range(5):
        await all_types.do("insert", "all", {"text_": "x" * LARGEST})
    with pytest.raises(LuaRefused, match="the result has more than"):
        await all_types.do("query", "all", {})
    assert len(await all_types.do("query", "all", {"columns": ["id"]})) == 5


async def test_defaults_fill_what_is_left_out_and_not_what_is_null(shop: Shop) -> None:
    await shop.define(
        "t", text("a", default="x", not_null=True), {"name": "b", "type": "boolean", "default": False},
        {"name": "j", "type": "json", "default": {"k": [1]}}, {"name": "n", "type": "integer", "default": 0},
    )  # fmt: skip
    id = await shop.do("insert", "t", {}, ["n"])
    found = await shop.do("query_one", "t", {"where": ["=", "id", id]})
    assert (found["a"], found["b"], found["j"], found["n"]) == ("x", False, {"k": [1]}, None)
    assert found["created_at"] == found["updated_at"] == "2030-01-01T00:00:00.000Z"
    with pytest.raises(LuaRefused, match=r"^not null violation: 'a' of 't'"):
        await shop.do("insert", "t", {}, ["a"])
    with pytest.raises(LuaRefused, match=r"^not null violation: 'a' of 't'"):
        await shop.do("update", "t", {"set": {}, "nulls": ["a"], "where": ["=", "id", id]})


async def test_times_and_ids(shop: Shop) -> None:
    assert await shop.do("timestamp") == "2030-01-01T00:00:00.000Z"
    assert await shop.do("timestamp_ago", 3600) == "2029-12-31T23:00:00.000Z"
    assert len({await shop.do("ulid"), await shop.do("ulid")}) == 2
    for wrong in ("1", None, float("nan"), 1e300, True):
        with pytest.raises(LuaFault, match=r"db.timestamp_ago: argument 1"):
            await shop.do("timestamp_ago", wrong)
