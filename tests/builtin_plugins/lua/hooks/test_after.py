"""After-hooks in Lua: told after the commit with what is there then, each at least once, and in nobody's way."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.lua.hooks.lua_site import lua_site

from newel import Reject
from newel_lua.model import Grants

TITLE = {"name": "title", "type": "text", "localized": True, "required": True}
SLUG = {"name": "slug", "type": "slug", "localized": True, "options": {"source": "title"}}
INIT = """
for _, event in ipairs({ "after_create", "after_update", "after_publish", "after_archive", "after_delete" }) do
  hooks.on(event, "content_data", function(data)
    note(data._event, data._table, data.type, data.data.title, data.status, data.path)
  end)
end
hooks.on("after_publish", "page", function(data)
  local made, message, code = content.create("log", { title = data.data.title })
  note("wrote", made and made.author, message)
  note(select(2, content.create("log", { title = "Two" })))
  error("and then it fails")
end, { priority = 500 })
hooks.on("after_create", "content_fields", function(row)
  if row.type == "page" then note(row._table, row.name, row.locale, row.field_value) end
end)
hooks.on("after_create", "log", function(data)
  note("log")
  for at = 1, 200 do core.query("tables", {}) end
end)
hooks.on("before_create", "log", function(data) if data.data.title == "Two" then hooks.reject("title", "no") end end)
"""
GRANTS = Grants(needs=frozenset({"content.write:log"}), core={"tables": frozenset({"read"})})


async def test_hooks_are_told_what_happened() -> None:
    async with lua_site(INIT, "jobs", grants=GRANTS) as site:
        await site.run("types.create", name="page", kind="page", fields=[TITLE, SLUG])
        await site.run("types.create", name="log", fields=[TITLE])
        made = await site.run("content.create", type="page", data={"title": "One"})
        await site.app.settle()
        assert await site.noted() == [
            ["after_create", "content_data", "page", "One", "draft"],
            ["content_fields", "title", "en", "One"], ["content_fields", "slug", "en", "one"],
        ]  # fmt: skip
        await site.run("content.publish", type="page", id=made.id)
        await site.app.settle()
        # What a plugin does itself it is not told of.
        assert await site.noted() == [
            ["after_publish", "content_data", "page", "One", "published", "/one"], ["wrote", "lua:shop"],
            ["no", "invalid", [{"pointer": "/data/title", "code": "rejected", "detail": "no"}]],
        ]  # fmt: skip
        await site.run("content.create", type="log", data={"title": "One"})
        await site.app.settle()
        assert await site.noted() == [["after_create", "content_data", "log", "One", "draft"], ["log"]]
        # Neither failure is told again, and both are reported; an after-hook is not switched off.
        assert sorted(name for name, _, off in site.lua.failures if not off) == [
            "after_create log",
            "after_publish page",
        ]
        await site.run("content.update", type="page", id=made.id, data={"title": "Two"})
        await site.app.settle()
        assert await site.noted() == [["after_update", "content_data", "page", "Two", "published", "/one"]]
        await site.run("content.unpublish", type="page", id=made.id)
        await site.run("content.delete", type="page", id=made.id)
        await site.app.settle()
        events = await site.noted()
        assert [one[0] for one in events] == ["after_archive", "after_delete"]
        assert events[1][:4] == ["after_delete", "content_data", "page", "Two"]


async def test_each_change_of_one_act_is_told_without_an_outbox_too() -> None:
    async with lua_site(INIT) as site:
        await site.run("types.create", name="note", fields=[TITLE])
        batch = [{"op": "create", "type": "note", "data": {"title": title}} for title in ("One", "Two")]
        await site.run("content.batch", operations=batch)
        await site.app.settle()
        assert [one[3] for one in await site.noted()] == ["One", "Two"]


async def test_nothing_is_told_of_what_was_not_committed() -> None:
    async with lua_site(INIT, "jobs", grants=GRANTS) as site:
        await site.run("types.create", name="log", fields=[TITLE])
        batch = [{"op": "create", "type": "log", "data": {"title": title}} for title in ("One", "Two")]
        with pytest.raises(Reject, match="no"):
            await site.run("content.batch", operations=batch)
        await site.app.settle()
        assert await site.noted() == []
