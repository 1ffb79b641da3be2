"""``core`` and ``content`` as plugins call them: every way of writing a condition, and errors as second values."""

from __future__ import annotations

from typing import Any

from tests.builtin_plugins.lua.hooks.lua_site import lua_site

from newel_lua.model import Grants

INIT = """
function try(name)
  return TRIES[name]()
end
TRIES = {
  map = function() return core.count("content_data", { where = { type = "post", status = "draft" } }) end,
  built = function()
    return core.count("content_data", { where = { type = db.in_list("post", "x"), id = db.gt("0") } })
  end,
  listed = function()
    local where = { "AND", { { "type", "=", "post" }, { "NOT", { "status", "=", "x" } } } }
    return core.count("content_data", { where = where })
  end,
  where_or = function()
    return core.count("content_data", { where_or = { { type = "post" }, { type = "note" } } })
  end,
  order = function()
    local found = core.query("content_fields", { where = { name = "title" }, order_by = { { column = "field_value",
      desc = true } }, limit = 1, columns = { "field_value" } })
    return found[1].field_value
  end,
  aggregate = function()
    return core.query("content_data", { columns = { db.agg_count("id", "n") } })[1].n
  end,
  one = function() return core.query_one("content_data", { where = { id = "nothing" } }) == nil end,
  update = function()
    local count, err = core.update("content_fields", { where = { name = "title", type = "note" },
      set = { field_value = "N2" } })
    return { count, core.exists("content_fields", { where = { field_value = "N2" } }) }
  end,
  own = function() -- a row as the Go system wants it, with all that it has to have
    local id, now = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "2026-05-01T00:00:00Z"
    local row = { content_data_id = id, datatype_id = "note", status = "draft", author_id = "x", revision = 0,
      date_created = now, date_modified = now }
    local made = core.insert("content_data", row)
    local count = core.update("content_data", { where = { content_data_id = id },
      set = { status = "published", date_modified = now, published_at = now } })
    local again = core.insert("content_data", row)
    local gone = core.delete("content_data", { where = { content_data_id = id } })
    local none, err = core.update("content_data", { where = { type = "post" }, set = { date_modified = "now" } })
    return { made == id, count, again == nil, gone, none == nil, err }
  end,
  unknown = function()
    local id, err, code = core.insert("content_data", { datatype_id = "page", data = { title = "P" } })
    return { id == nil, err, code }
  end,
  visitor = function()
    local ok, why = pcall(core.query, "content_data", { where = { type = { "post", "OR", "1" } } })
    return why
  end,
  gate = function() return { core.query("users", {}) == nil, select(2, core.query("users", {})) } end,
  no_where = function() return select(2, pcall(core.delete, "content_data", {})) end,
  content = function()
    local made = content.create("post", { title = "C" })
    local none, message, code, problems = content.create("post", { title = 5 })
    return { made.data.title, none == nil, message, code, problems[1].pointer }
  end,
}
"""
GRANTS = Grants(
    needs=frozenset({"content.write:post"}),
    core={name: frozenset({"read", "write"}) for name in ("content_data", "content_fields")},
)


async def test_core_in_lua() -> None:
    async with lua_site(INIT, grants=GRANTS) as site:
        for name in ("note", "post"):
            await site.run("types.create", name=name, fields=[{"name": "title", "type": "text"}])
        for type, title in (("post", "A"), ("post", "B"), ("note", "N")):
            await site.run("content.create", type=type, data={"title": title})
        answers: dict[str, Any] = {
            "map": 2, "built": 2, "listed": 2, "where_or": 3, "order": "N", "aggregate": 3, "one": True,
            "update": [1, True],
        }  # fmt: skip
        for name, expected in answers.items():
            assert await site.lua.ask("try", name) == expected, name
        refused = [True, "to read 'users' is not approved for this plugin", "forbidden"]
        assert await site.lua.ask("try", "gate") == refused
        nothing = "nothing of this can be written in 'content_data'"
        assert await site.lua.ask("try", "own") == [True, 1, True, 1, True, nothing]
        assert await site.lua.ask("try", "unknown") == [True, "there is no content type 'page'", "not_found"]
        assert "where is missing" in await site.lua.ask("try", "no_where")
        # What came from a visitor is a value, and a table is none.
        assert "takes a text, a number or a boolean" in await site.lua.ask("try", "visitor")
        told = await site.lua.ask("try", "content")
        assert told == ["C", True, "the data is not valid", "invalid", "/data/title"]
