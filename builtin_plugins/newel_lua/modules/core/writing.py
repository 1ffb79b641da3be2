"""Writes: rows of theirs as operations of ours, in one act where content has one for several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from newel.errors import NewelError
from newel_lua.compat.entries import split_field_id
from newel_lua.compat.tables import Table
from newel_lua.compat.values import value_of
from newel_lua.model import LuaRefused
from newel_lua.modules.core.asking import Asking, Plain
from newel_lua.modules.core.conditions import Conditions
from newel_lua.modules.core.sources import default_locale, entries

ROWS = 1000
Select = Callable[[Table, Asking, Conditions, int | None], Awaitable[list[Plain]]]
STATES = {"published": "publish", "draft": "unpublish"}
TEXTS = ("caption", "credit", "copyright", "title")


class Writing:
    """Inserts, updates and deletes. All raise ``NewelError`` and ``LuaRefused``; updates and deletes answer how many
    rows there were."""

    def __init__(self, select: Select) -> None:
        self._select = select

    async def insert(self, table: Table, asking: Asking, values: Plain) -> str:
        """Answers the id."""
        if table.name == "content_data":
            return await self._insert_entry(asking, values)
        if table.name == "content_fields":
            return await self._insert_field(asking, values)
        raise LuaRefused("a row of 'media' comes with its file: upload it", "unsupported")

    async def update(self, table: Table, asking: Asking, conditions: Conditions, values: Plain) -> int:
        rows = await self._rows(table, asking, conditions)
        if table.name == "media":
            order = await _asset(asking, values)
            for row in rows:
                await asking.ask("media.update", id=row["media_id"], **order)
            return len(rows)
        if table.name == "content_data":
            await _batch(asking, [item for row in rows for item in _entry_changes(row, values)])
            return len(rows)
        if not values.keys() <= {"field_value", "value"}:
            raise LuaRefused("of 'content_fields' only field_value can be changed: delete and insert", "unsupported")
        await _batch(asking, await self._field_changes(asking, rows, values))
        return len(rows)

    async def delete(self, table: Table, asking: Asking, conditions: Conditions) -> int:
        rows = await self._rows(table, asking, conditions)
        if table.name == "media":
            asked = [row["media_id"] for row in rows]
            done = (await asking.ask("media.remove", ids=asked))["done"] if asked else 0
            if done < len(asked):
                raise LuaRefused(f"{len(asked) - done} of {len(asked)} are in use and stay", "in_use")
        elif table.name == "content_data":
            items = [{"op": "delete", "type": row["type"], "id": row["id"]} for row in rows]
            await _batch(asking, items)
        else:
            await _batch(asking, await self._field_changes(asking, rows, {"value": None}))
        return len(rows)

    async def _rows(self, table: Table, asking: Asking, conditions: Conditions) -> list[Plain]:
        rows = await self._select(table, asking, conditions, ROWS + 1)
        if len(rows) > ROWS:
            raise LuaRefused(f"more than {ROWS} rows at once: narrow where", "too_many_rows")
        return rows

    async def _insert_entry(self, asking: Asking, values: Plain) -> str:
        type = values.get("datatype_id", values.get("type"))
        status = values.get("status", "draft")
        if not isinstance(type, str) or status not in STATES:
            raise LuaRefused("a row of 'content_data' needs a datatype_id, and is 'draft' or 'published'", "invalid")
        own = {"id": values["content_data_id"]} if values.get("content_data_id") else {}
        order = {"type": type, "parent": values.get("parent_id"), "locale": values.get("locale"), **own}
        made = await asking.ask("content.create", **order, data=values.get("data") or {})
        id = str(made["id"])
        if status == "published":
            try:
                await asking.ask("content.publish", type=type, id=id, locale=order["locale"])
            except NewelError:  # both or neither
                await asking.ask("content.delete", type=type, id=id)
                raise
        return id

    async def _insert_field(self, asking: Asking, values: Plain) -> str:
        named, id = values.get("name"), values.get("content_data_id")
        name = named if isinstance(named, str) else split_field_id(str(values.get("field_id")))[1]
        found = [one async for one in entries(asking, {"id": [id]}, locale="*")] if isinstance(id, str) else []
        if not found:
            raise LuaRefused("there is no such content_data_id", "not_found")
        entry, type = found[0]
        field = next((one for one in type["fields"] if one["name"] == name), None)
        if field is None:
            raise LuaRefused(f"'{entry['type']}' has no such field", "not_found")
        locale = str(values.get("locale") or "") if field["localized"] else ""
        had = entry["data"][name]
        if (had or {}).get(locale) if field["localized"] and locale else had if not field["localized"] else None:
            raise LuaRefused("unique violation: the field has a value there already: update it", "unique")
        value = _value(values, field["type"])
        data = {name: value}
        await asking.ask("content.update", type=entry["type"], id=id, data=data, locale=locale or None)
        return f"{id}.{name}.{locale}"

    async def _field_changes(self, asking: Asking, rows: list[Plain], values: Plain) -> list[Plain]:
        """One change for each entry and locale."""
        kinds = {
            (type["name"], field["name"]): field["type"]
            for type in (await asking.ask("types.list"))["data"]
            for field in type["fields"]
        }
        items: dict[tuple[str, str], Plain] = {}
        for row in rows:
            item = items.setdefault(
                (row["content_data_id"], row["locale"]),
                {"op": "update", "type": row["type"], "id": row["content_data_id"], "data": {}},
            )
            if row["locale"]:
                item["locale"] = row["locale"]
            item["data"][row["name"]] = _value(values, kinds[row["type"], row["name"]])
        return list(items.values())


def _value(values: Mapping[str, Any], kind: str) -> Any:
    return values["value"] if "value" in values else value_of(values.get("field_value"), kind)


def _entry_changes(row: Plain, values: Plain) -> list[Plain]:
    """What becomes of one entry, in an order in which each step can be made."""
    about = {"type": row["type"], "id": row["id"]}
    if values.keys() & {"datatype_id", "type"} and values.get("datatype_id", values.get("type")) != row["type"]:
        raise LuaRefused("an entry keeps its type", "unsupported")
    items: list[Plain] = []
    locale = {"locale": values["locale"]} if values.get("locale") else {}
    if isinstance(values.get("data"), dict):
        items.append({"op": "update", **about, **locale, "data": values["data"]})
    if "parent_id" in values and values["parent_id"] != row["parent_id"]:
        parent = values["parent_id"]
        items.append({"op": "move", **about, **({"top": True} if not parent else {"parent": parent})})
    if "status" in values:
        verb = STATES.get(str(values["status"]))
        if verb is None:
            raise LuaRefused("status is 'draft' or 'published'", "invalid")
        if verb == "publish" or row["status"] == "published":
            items.append({"op": verb, **about, **locale})
    return items


async def _batch(asking: Asking, items: list[Plain]) -> None:
    """All or none of them. The first is counted already."""
    if len(items) > ROWS:
        raise LuaRefused(f"more than {ROWS} changes at once: narrow where", "too_many_rows")
    if len(items) > 1:
        asking.spend(len(items) // 100)
        await asking.ask("content.batch", operations=items)
    elif items:
        order = dict(items[0])
        await asking.ask(f"content.{order.pop('op')}", **order)


async def _asset(asking: Asking, values: Plain) -> Plain:
    """What ``media.update`` is told."""
    order: Plain = {name: values[name] or "" for name in (*TEXTS, "name") if name in values}
    if "display_name" in values:
        order["title"] = values["display_name"] or ""
    if "alt" in values:
        order["alt"] = {await default_locale(asking): values["alt"] or None}
    if "folder_id" in values:
        order["folder"] = values["folder_id"] or ""
    if "focal_x" in values or "focal_y" in values:
        order["focal"] = {"x": values.get("focal_x"), "y": values.get("focal_y")}
    return order | {name: values[name] for name in ("tags", "private") if name in values}
