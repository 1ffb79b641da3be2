"""The Go system's names for our things, and values as text and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newel_lua.compat import others
from newel_lua.compat.entries import content_data, content_fields, split_content_field_id, split_field_id
from newel_lua.compat.tables import READ, TABLES, WRITE
from newel_lua.compat.values import text_of, value_of


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (True, "boolean", "true"), (False, "boolean", "false"), (7, "integer", "7"), (0.5, "number", "0.5"),
        ("a", "text", "a"), ("", "text", ""), ("01", "text", "01"), ("[x]", "markdown", "[x]"),
        (["a", "ü"], "tags", '["a","ü"]'),
        ({"a": [1, None]}, "json", '{"a":[1,null]}'), ("01H", "reference", "01H"), (["x"], "reference", '["x"]'),
        ("true", "json", '"true"'),
    ],
)  # fmt: skip
def test_values_become_text_and_come_back(value: Any, kind: str, text: str) -> None:
    given = json.dumps(value) if kind == "json" and isinstance(value, str) else text_of(value)
    assert given == text
    assert value_of(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", "integer", None), ("", "boolean", None), ("1", "boolean", True), ("maybe", "boolean", "maybe"),
        ("x", "integer", "x"), ("NaN", "number", "NaN"), ("{", "json", "{"), ("[", "tags", "["), (5, "text", 5),
        (None, "text", None),
    ],
)  # fmt: skip
def test_what_does_not_fit_stays_for_content_to_refuse(text: Any, kind: str, value: Any) -> None:
    assert value_of(text, kind) == value


def test_ids_are_names() -> None:
    assert split_field_id("post.title") == ("post", "title")
    assert split_content_field_id("01H.title.pt-BR") == ("01H", "title", "pt-BR")
    entry = {"id": "01H", "type": "post", "data": {"title": {"en": "A", "de": None}, "stars": 0, "empty": None}}
    rows = list(content_fields(entry, frozenset({"title"})))
    assert [(one["content_field_id"], one["field_id"], one["field_value"]) for one in rows] == [
        ("01H.title.en", "post.title", "A"), ("01H.stars.", "post.stars", "0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "published_at", "status"),
    [
        ({"en": "draft"}, None, "draft"), ({"en": "changed", "de": "draft"}, None, "published"),
        ({}, "2030", "published"), ({}, None, "draft"),
    ],
)  # fmt: skip
def test_an_entry_is_published_where_readers_see_any_of_it(state: Any, published_at: Any, status: str) -> None:
    row = content_data({"id": "1", "type": "post", "state": state, "published_at": published_at})
    assert row["status"] == status
    assert row["route_id"] is None


def test_rows_have_the_columns_that_their_tables_say() -> None:
    asset = {"name": "a.png", "mime": "image/png"}
    type = {
        "name": "post", "label": "", "kind": "single", "created_at": "", "updated_at": "", "id": "1", "public": True,
        "revision": 1, "fields": [
            {"name": "a", "label": "", "options": {}, "help": "", "type": "integer", "localized": False,
             "required": False, "unique": False, "indexed": False},
        ],
    }  # fmt: skip
    trail = dict.fromkeys(
        ("id", "hlc", "at", "node", "entity", "entity_id", "before", "after", "actor", "request_id", "ip"), "x"
    ) | {"operation": "media.store", "before": None}  # fmt: skip
    user = dict.fromkeys(("id", "email", "name", "role", "created_at", "updated_at", "disabled"), "x")
    role = {"name": "r", "builtin": True, "summary": "", "permissions": ["p"]}
    route = dict.fromkeys(("entry", "path", "updated_at", "type", "locale", "redirect"), "x")
    rows: dict[str, list[dict[str, Any]]] = {
        "content_data": [content_data({"id": "1", "type": "post"})],
        "content_fields": list(content_fields({"id": "1", "type": "post", "data": {"a": 1}}, frozenset())),
        "media": [others.media(asset)],
        "datatypes": [others.datatype(type, 0)],
        "fields": list(others.fields(type)),
        "tables": list(others.tables())[:1],
        "routes": [others.route(route)],
        "users": [others.user(user)],
        "roles": [others.role(role)],
        "permissions": [others.permission(role)],
        "role_permissions": list(others.role_permissions(role)),
        "change_events": [others.change_event(trail)],
    }
    assert rows.keys() == TABLES.keys()
    for name, (row,) in rows.items():
        assert tuple(row) == TABLES[name].columns or set(row) == set(TABLES[name].columns), name
    assert rows["datatypes"][0]["type"] == "_global"
    assert (rows["change_events"][0]["operation"], rows["change_events"][0]["action"]) == ("INSERT", "create")


def test_three_tables_can_be_written_and_none_tells_a_hash() -> None:
    assert {name for name, table in TABLES.items() if WRITE in table.rights} == {
        "content_data",
        "content_fields",
        "media",
    }
    assert all(READ in table.rights for table in TABLES.values())
    assert "hash" not in TABLES["users"].columns
