"""The module ``core``: the site under the Go system's names, through our operations, with a gate before each table."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from tests.builtin_plugins.lua.core.plugin import ALL, Plugin

from newel.testing import make_app
from newel_lua.model import Grants, LuaFault, LuaRefused
from newel_lua.modules.core.conditions import Conditions

PLUGINS = ["database", "migrations", "content", "accounts", "audit", "jobs", "media", "blobs_local"]
FIELDS = [
    {"name": "title", "type": "text", "localized": True, "required": True, "label": "Title"},
    {"name": "slug", "type": "slug", "localized": True, "options": {"source": "title"}},
    {"name": "stars", "type": "integer", "help": "How many."},
    {"name": "on", "type": "boolean"},
]


@pytest.fixture
async def plugin() -> AsyncIterator[Plugin]:
    async with make_app(PLUGINS, {"content": {"locales": ["en", "de"]}}) as app:
        made = Plugin(app)
        await made.ours("types.create", name="post", kind="page", fields=FIELDS)
        await made.ours("types.create", name="note", fields=[FIELDS[0]])
        yield made


async def seeded(plugin: Plugin) -> list[Any]:
    made = [
        await plugin.ours("content.create", type="post", data={"title": f"Post {at}", "stars": at, "on": at % 2 == 0})
        for at in range(5)
    ]
    made.append(await plugin.ours("content.create", type="note", data={"title": "Note"}))
    await plugin.ours("content.publish", type="post", id=made[0].id)
    return made


async def test_entries_are_rows(plugin: Plugin) -> None:
    made = await seeded(plugin)
    row = await plugin("query_one", "content_data", {"where": ["=", "content_data_id", made[0].id]})
    assert {**row, "date_created": "", "date_modified": "", "published_at": ""} == {
        "content_data_id": made[0].id, "parent_id": None, "first_child_id": None, "next_sibling_id": None,
        "prev_sibling_id": None, "root_id": None, "route_id": made[0].id, "datatype_id": "post", "author_id": "admin",
        "status": "published", "date_created": "", "date_modified": "", "published_at": "", "published_by": None,
        "publish_at": None, "revision": 2, "id": made[0].id, "type": "post", "locale": "en", "path": "/post-0",
        "data": {"title": "Post 0", "slug": "post-0", "stars": 0, "on": True},
    }  # fmt: skip
    assert await plugin("count", "content_data", {}) == 6
    assert await plugin("count", "content_data", {"where": ["=", "datatype_id", "note"]}) == 1
    drafts = ["and", [["=", "status", "draft"], ["=", "type", "post"]]]
    assert await plugin("count", "content_data", {"where": drafts}) == 4
    assert await plugin("exists", "content_data", {"where": ["not", ["in", "type", ["post", "note"]]]}) is False
    found = await plugin(
        "query", "content_data", {"columns": ["id"], "order_by": "id desc", "limit": 2, "offset": 1, "where": drafts}
    )
    assert found == [{"id": made[3].id}, {"id": made[2].id}]
    groups = {"columns": ["type", {"agg": "count", "column": "id", "alias": "n"}], "group_by": ["type"]}
    assert await plugin("query", "content_data", {**groups, "order_by": "n", "desc": True}) == [
        {"type": "post", "n": 5}, {"type": "note", "n": 1},
    ]  # fmt: skip
    having = {**groups, "having": ["<", {"agg": "count", "column": "id"}, 3]}
    assert await plugin("query", "content_data", having) == [{"type": "note", "n": 1}]
    hidden = {"columns": ["type"], "group_by": ["type"], "having": [">", {"agg": "count", "column": "*"}, 3]}
    assert await plugin("query", "content_data", hidden) == [{"type": "post"}]
    having = {"columns": ["type", {"agg": "count"}], "group_by": "type", "having": ["<", {"agg": "count"}, 3]}
    assert await plugin("query", "content_data", having) == [{"type": "note", "count": 1}]
    assert await plugin("query", "content_data", {"columns": ["type"], "distinct": True, "order_by": "type"}) == [
        {"type": "note"}, {"type": "post"},
    ]  # fmt: skip


async def test_rows_beside_each_other(plugin: Plugin) -> None:
    made = await seeded(plugin)
    fields = {"table": "fields", "local_col": "field_id", "foreign_col": "field_id"}
    order = {"columns": ["field_value", "label", "fields.type"], "joins": [fields], "order_by": "field_value"}
    where = ["and", [["=", "fields.name", "title"], ["=", "content_data_id", made[2].id]]]
    assert await plugin("query", "content_fields", {**order, "where": where}) == [
        {"field_value": "Post 2", "label": "Title", "type": "text"}
    ]
    users = {"type": "left", "table": "routes", "local_col": "content_data_id", "foreign_col": "content_data_id"}
    rows = await plugin("query", "content_data", {"columns": ["id", "slug"], "joins": [users], "order_by": "id"})
    assert [row["slug"] is not None for row in rows] == [True, False, False, False, False, False]
    whole = await plugin("query", "content_data", {"joins": [{**users, "type": "inner"}]})
    assert (len(whole), whole[0]["id"], "routes.slug" in whole[0]) == (1, made[0].id, False)
    for wrong in ({"table": "content_data"}, {**fields, "local_col": "nothing"}, {**fields, "type": "cross"}, "x"):
        with pytest.raises(LuaFault, match="join"):
            await plugin("query", "content_fields", {"joins": [wrong]})


async def test_fields_are_rows_of_text(plugin: Plugin) -> None:
    made = await seeded(plugin)
    await plugin.ours("content.update", type="post", id=made[1].id, locale="de", data={"title": "Beitrag"})
    rows = await plugin("query", "content_fields", {"where": ["=", "content_data_id", made[1].id]})
    told = {(row["field_id"], row["locale"]): row["field_value"] for row in rows}
    assert told == {
        ("post.title", "en"): "Post 1", ("post.title", "de"): "Beitrag", ("post.slug", "en"): "post-1",
        ("post.slug", "de"): "beitrag", ("post.stars", ""): "1", ("post.on", ""): "false",
    }  # fmt: skip
    assert all(row["content_data_id"] == made[1].id for row in rows)
    many = ["and", [["=", "field_id", "post.stars"], [">", "field_value", 2]]]
    assert await plugin("count", "content_fields", {"where": many}) == 2
    one = ["=", "content_field_id", f"{made[1].id}.title.de"]
    assert (await plugin("query_one", "content_fields", {"where": one}))["value"] == "Beitrag"


@pytest.mark.needs_plugin("audit")
async def test_writes_are_our_operations(plugin: Plugin) -> None:
    id = await plugin("insert", "content_data", {"datatype_id": "post", "status": "published", "data": {"title": "A"}})
    entry = await plugin.ours("content.get", type="post", id=id)
    assert (entry.state["en"], entry.author, entry.data["slug"]) == ("published", "lua:shop", "a")
    where = {"where": ["=", "id", id]}
    assert await plugin("update", "content_data", {**where, "set": {"status": "draft", "data": {"stars": 3}}}) == 1
    entry = await plugin.ours("content.get", type="post", id=id)
    assert (entry.state["en"], entry.data["stars"], entry.data["title"]) == ("draft", 3, "A")
    field = await plugin("insert", "content_fields", {"content_data_id": id, "field_id": "post.on", "field_value": "1"})
    assert field == f"{id}.on."
    with pytest.raises(LuaRefused, match="unique"):
        await plugin("insert", "content_fields", {"content_data_id": id, "name": "on", "field_value": "true"})
    same = {"where": ["and", [["=", "content_data_id", id], ["=", "name", "stars"]]]}
    assert await plugin("update", "content_fields", {**same, "set": {"field_value": "7"}}) == 1
    assert (await plugin.ours("content.get", type="post", id=id)).data["stars"] == 7
    assert await plugin("delete", "content_fields", same) == 1
    german = {"content_data_id": id, "name": "title", "field_value": "Ah", "locale": "de"}
    assert await plugin("insert", "content_fields", german) == f"{id}.title.de"
    entry = await plugin.ours("content.get", type="post", id=id, locale="*")
    assert (entry.data["stars"], entry.data["on"], entry.data["title"]) == (None, True, {"en": "A", "de": "Ah"})
    below = await plugin("insert", "content_data", {"type": "post", "parent_id": id, "data": {"title": "B"}})
    with pytest.raises(LuaRefused) as caught:  # the rules of the tree hold
        await plugin("update", "content_data", {"where": ["=", "id", id], "set": {"parent_id": below}})
    assert caught.value.args[1] == "cycle"
    assert await plugin("update", "content_data", {"where": ["=", "id", below], "set": {}, "nulls": ["parent_id"]}) == 1
    assert await plugin("delete", "content_data", {"where": ["in", "id", [id, below]]}) == 2
    assert await plugin("count", "content_data", {}) == 0
    assert {one.id for one in (await plugin.ours("content.trash")).data} == {id, below}
    trail = await plugin("query", "change_events", {"where": ["=", "record_id", id], "order_by": "event_id"})
    assert [(one["operation"], one["action"], one["user_id"]) for one in trail][:2] == [
        ("INSERT", "create", "lua:shop"), ("INSERT", "publish", "lua:shop"),
    ]  # fmt: skip
    assert all(one["table_name"] == "content_data" for one in trail)


async def test_what_content_refuses_is_told_and_nothing_is_kept(plugin: Plugin) -> None:
    made = await seeded(plugin)
    with pytest.raises(LuaRefused) as caught:
        await plugin("insert", "content_data", {"type": "post", "data": {"stars": "many"}})
    _, code, problems = caught.value.args
    assert (code, problems[0]["pointer"], problems[0]["code"]) == ("invalid", "/data/stars", "type")
    with pytest.raises(LuaRefused):  # it lacks a title, so it is not published, and does not stay as a draft
        await plugin("insert", "content_data", {"type": "post", "status": "published", "data": {"stars": 9}})
    assert await plugin("count", "content_data", {"where": ["=", "type", "post"]}) == 5
    every = ["and", [["=", "name", "stars"], [">=", "field_value", "1"]]]
    with pytest.raises(LuaRefused):
        await plugin("update", "content_fields", {"where": every, "set": {"field_value": "many"}})
    assert (await plugin.ours("content.get", type="post", id=made[3].id)).data["stars"] == 3


async def test_types_and_people_are_rows(plugin: Plugin) -> None:
    await plugin.ours("users.create", email="ada@example.org", name="Ada", role="editor")
    types = await plugin("query", "datatypes", {"order_by": "name", "columns": ["datatype_id", "type", "label"]})
    assert types == [
        {"datatype_id": "note", "type": "collection", "label": "note"},
        {"datatype_id": "post", "type": "_root", "label": "post"},
    ]  # fmt: skip
    fields = await plugin("query", "fields", {"where": ["=", "parent_id", "post"], "order_by": "sort_order"})
    assert [(one["field_id"], one["type"], one["translatable"]) for one in fields] == [
        ("post.title", "text", 1), ("post.slug", "slug", 1), ("post.stars", "number", 0), ("post.on", "boolean", 0),
    ]  # fmt: skip
    assert json.loads(fields[1]["data"])["source"] == "title"
    assert json.loads(fields[2]["ui_config"]) == {"help_text": "How many."}
    ada = await plugin("query_one", "users", {"where": ["=", "email", "ada@example.org"]})
    assert (ada["username"], ada["name"], ada["role"]) == ("ada@example.org", "Ada", "editor")
    assert not {"hash", "password"} & set(ada)
    assert (await plugin("query_one", "users", {"where": ["=", "user_id", ada["user_id"]]})) == ada
    roles = await plugin("query", "roles", {"where": ["like", "label", "ED%"]})
    assert [(one["role_id"], one["system_protected"]) for one in roles] == [("editor", 1)]
    held = ["and", [["=", "role_id", "editor"], ["=", "permission_id", "content.publish"]]]
    assert await plugin("exists", "role_permissions", {"where": held}) is True
    assert await plugin("exists", "permissions", {"where": ["=", "label", "content.publish"]}) is True
    assert await plugin("count", "tables", {}) == 12
    made = await seeded(plugin)
    (route,) = await plugin("query", "routes", {"where": ["=", "slug", "/post-0"]})
    assert (route["route_id"], route["type"], route["status"]) == (made[0].id, "post", 1)
    assert await plugin("query", "media", {}) == []


GATES: Mapping[str, tuple[str, str, Any, type[Exception]]] = {
    "no such table": ("query", "sessions", {}, LuaRefused),
    "a table of the database": ("query", "content_entries", {}, LuaRefused),
    "only to be read": ("insert", "users", {"name": "x"}, LuaRefused),
    "only to be read, though approved": ("update", "roles", {"where": ["=", "label", "x"], "set": {"label": "y"}},
                                         LuaRefused),
    "not approved": ("query", "users", {}, LuaRefused),
    "not approved to write": ("delete", "content_data", {"where": ["=", "id", "x"]}, LuaRefused),
    "a hash": ("query", "roles", {"columns": ["hash"]}, LuaRefused),
    "a hash in a condition": ("query", "roles", {"where": ["like", "hash", "$2%"]}, LuaRefused),
    "a column that is ours to write": ("insert", "content_fields", {"author_id": "admin"}, LuaRefused),
    "no such column": ("query", "roles", {"where": ["=", "nothing", 1]}, LuaFault),
    "not approved beside what is": (
        "query", "roles", {"joins": [{"table": "users", "local_col": "label", "foreign_col": "role"}]}, LuaRefused
    ),
    "a limit without end": ("query", "roles", {"limit": float("inf")}, LuaFault),
    "a limit that is none": ("query", "roles", {"limit": float("nan")}, LuaFault),
    "no where": ("delete", "content_fields", {}, LuaFault),
}  # fmt: skip


@pytest.mark.needs_plugin("audit")
async def test_gates_are_closed(plugin: Plugin) -> None:
    core = {"content_data": frozenset({"read"}), "content_fields": ALL["media"], "roles": ALL["media"]}
    plugin.grants = Grants(core=core)
    plugin.run = plugin.started()
    assert plugin.run.call.actor.everything  # an admin's request does not make a plugin an admin
    assert await plugin("query", "content_data", {}) == []
    for name, (function, table, options, refused) in GATES.items():
        with pytest.raises(refused):
            pytest.fail(f"{name}: {await plugin(function, table, options)}")
    denied = await plugin.ours("audit.list", outcome="denied")
    assert {(one.actor, one.actor_kind, one.operation) for one in denied.data} == {
        ("lua:shop", "plugin", f"core.{function}") for function in ("query", "insert", "update", "delete")
    }  # fmt: skip


async def test_reads_cost_by_the_page_and_stop_at_a_limit(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    await seeded(plugin)
    plugin.run = plugin.started(operations=3)  # the types, posts, notes
    assert len(await plugin("query", "content_data", {})) == 6
    assert plugin.run.operations == 0
    with pytest.raises(LuaFault, match="budget"):
        await plugin("query", "content_data", {})
    monkeypatch.setattr("newel_lua.modules.core.module.MOST", 3)
    plugin.run = plugin.started()
    with pytest.raises(LuaRefused, match="name an id"):
        await plugin("count", "content_data", {"where": [">", "revision", 0]})
    assert await plugin("count", "content_data", {"where": ["in", "type", ["post"]]}) == 5  # which nobody looks through
    assert len(await plugin("query", "content_data", {"limit": 2})) == 2


async def test_core_is_not_for_before_hooks_and_writes_not_for_transactions(plugin: Plugin) -> None:
    plugin.run = plugin.started(kind="before")
    with pytest.raises(LuaFault, match="not available in a before-hook"):
        await plugin("query", "content_data", {})
    plugin.run = plugin.started()
    plugin.run.tx = object()  # type: ignore[assignment]  # only whether there is one matters
    with pytest.raises(LuaFault, match="inside db"):
        await plugin("insert", "content_data", {"type": "post"})


@pytest.mark.parametrize(
    ("node", "rows"),
    [
        (["=", "a", 1], [1]), (["=", "a", "1"], [1]), (["<>", "a", 1], [2, 3]), (["between", "a", 2, 3], [2, 3]),
        (["in", "a", [1, "3"]], [1, 3]), (["not in", "a", [1]], [2, 3]), (["null", "a"], [4]),
        (["not null", "a"], [1, 2, 3]), (["not", ["=", "a", 1]], [2, 3]),
        (["or", [["=", "a", 1], ["null", "a"]]], [1, 4]), (["like", "b", "%X_Z%"], [1, 2]),
        (["like", "b", "x%%z"], [1, 2]), (["not like", "b", "xyz"], [2, 3]),
        (["like", "b", "x%z%z"], [2]), (["like", "b", "a.c"], []), (["like", "b", "_z%"], [2]),
        (["<", "b", "y"], [1, 2]), ([">", "b", 5], [1, 2, 3]),
        (["and", [["=", "a", 1], ["not", ["and", [["=", "b", "q"]]]]]], [1]),
    ],
)  # fmt: skip
def test_conditions_are_those_of_sql(node: Any, rows: list[int]) -> None:
    table = [
        {"n": 1, "a": 1, "b": "xyz"}, {"n": 2, "a": 2, "b": "xzz"}, {"n": 3, "a": 3, "b": "yab"},
        {"n": 4, "a": None, "b": None},
    ]  # fmt: skip
    conditions = Conditions.read(node, ("n", "a", "b"), "core.query")
    assert [row["n"] for row in table if conditions.test(row)] == rows


@pytest.mark.parametrize(
    "node",
    [
        5, "a", [], ["=", "a"], ["=", "a", 1, 2], ["~", "a", 1], ["and", []], ["in", "a", []],
        ["in", "a", list(range(501))],
        ["like", "a", 5], ["like", "a", "x" * 1001], ["like", "a", "%" + "_" * 65 + "%"], ["=", "z", 1],
        ["and", [["=", "a", 1]] * 51],
    ],
)  # fmt: skip
def test_what_is_no_condition_is_a_fault(node: Any) -> None:
    with pytest.raises(LuaFault):
        Conditions.read(node, ("a",), "core.query")


def test_deep_conditions_are_a_fault_and_equal_ones_narrow() -> None:
    node: Any = ["=", "a", 1]
    for _ in range(10):
        node = ["not", node]
    with pytest.raises(LuaFault):
        Conditions.read(node, ("a",), "core.query")
    both = ["and", [["in", "a", [1, 2]], ["=", "a", 2], ["or", [["=", "b", 1], ["=", "b", 2]]]]]
    assert Conditions.read(both, ("a", "b"), "core.query").narrowed == {"a": [2]}
