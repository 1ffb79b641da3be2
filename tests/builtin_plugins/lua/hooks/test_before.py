"""Before-hooks in Lua: inside the act, they change what is saved or refuse it, whichever door it came through."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.lua.hooks.lua_site import lua_site

from newel import Reject
from newel.testing import Client

TITLE = {"name": "title", "type": "text", "localized": True, "required": True}
FIELDS = [
    TITLE,
    {"name": "stars", "type": "integer"},
    {"name": "tags", "type": "tags"},
    {"name": "extra", "type": "json"},
    {"name": "subtitle", "type": "text"},
]
INIT = """
hooks.on("before_create", "content_data", function(data)
  note("wild", data._table, data._event, data.content_data_id == data.id, data.datatype_id, data.type, data.status,
    data.data.title, data.locale, data.author_id)
end, { priority = 10 })
hooks.on("before_create", "*", function(data) note("any") end)
hooks.on("before_create", "post", function(data)
  note("post")
  if data.data.title == "change" then return { title = "CHANGED", stars = 5 } end
  if data.data.title == "own" then
    data.data.title = "OWN"
    data.clear = { "subtitle" }
    return data
  end
  if data.title == "beside" then
    data.title, data.status, data.stars = "BESIDE", "published", 4
    return data
  end
  if data.data.title == "same" then return data end
  if data.data.title == "wrong" then return { stars = "many", nothing = 1 } end
  if data.data.title == "polite" then hooks.reject("title", "say please", "rude") end
  if data.data.title == "table" then return { error = { field = "stars", code = "few", message = "too few" } } end
  if data.data.title == "several" then return { errors = { { field = "a/b", message = "x" }, { message = "y" } } } end
  if data.data.title == "abort" then error("not like this") end
  if data.data.title == "bug" then return data.nothing.there end
  if data.data.title == "db" then local rows = core.query("content_data", {}) return rows end
  if data.data.title == "loop" then while true do end end
end)
hooks.on("before_create", "post", function(data) note("second", data.data.title) end, { priority = 200 })
hooks.on("before_update", "post", function(data) note("update", data.before.title, data.data.title, data.status) end)
hooks.on("before_publish", "post", function(data)
  if data.data.title == "secret" then hooks.reject("nobody may see this") end
end)
hooks.on("before_delete", "*", function(data) error({ message = "it stays" }) end)
hooks.on("before_create", "content_fields", function(row)
  if row.name == "subtitle" then return { field_value = row.field_value .. "!" } end
end)
"""


async def test_hooks_change_and_refuse_what_is_saved() -> None:
    async with lua_site(INIT) as site:
        await site.run("types.create", name="post", fields=FIELDS)

        async def create(title: str, **more: object) -> dict[str, object]:
            entry = await site.run("content.create", type="post", data={"title": title, **more})
            return {"id": entry.id, **entry.data}

        made = await create("plain", subtitle="so", extra={"a": None, "b": []}, tags=["x"])
        assert (made["title"], made["subtitle"], made["extra"]) == ("plain", "so!", {"a": None, "b": []})
        # Priority first; those on a table before those on all; then as they were registered.
        assert await site.noted() == [
            ["wild", "content_data", "before_create", True, "post", "post", "draft", "plain", "en", "admin"],
            ["post"], ["any"], ["second", "plain"],
        ]  # fmt: skip
        changed = await create("change", tags=["x"])
        assert (changed["title"], changed["stars"], changed["tags"]) == ("CHANGED", 5, ["x"])
        assert (await site.noted())[-1] == ["second", "CHANGED"]
        own = await create("own", subtitle="gone", stars=3)
        assert (own["title"], own["subtitle"], own["stars"]) == ("OWN", None, 3)
        beside = await create("beside", stars=3)  # fields stand beside the row as well
        assert (beside["title"], beside["stars"]) == ("BESIDE", 4)
        exact = 2**53 + 1
        same = await create("same", extra={"a": None, "n": [exact, [], {}]}, tags=[])
        assert same["extra"] == {"a": None, "n": [exact, [], {}]}

        refused = {
            "wrong": {("/data/stars", "type"), ("/data/nothing", "unknown")},
            "polite": {("/data/title", "rude")},
            "table": {("/data/stars", "few")},
            "several": {("/data/a~1b", "rejected"), ("", "rejected")},
        }
        for title, problems in refused.items():
            with pytest.raises(Reject) as caught:
                await create(title)
            assert {(one.pointer, one.code) for one in caught.value.problems} == problems
        assert site.lua.failures == []

        told = {
            "abort": "not like this",
            "bug": "attempt to index field 'nothing' (a nil value)",
            "db": "core.query is not available in a before-hook",
        }
        for title, text in told.items():
            with pytest.raises(Reject) as caught:
                await create(title)
            assert (caught.value.detail, caught.value.reason) == (text, "plugin_refused")
        assert [place.partition(":")[0] for _, place, _ in site.lua.failures] == ["init.lua"] * 3

        await site.noted()
        await site.run("content.update", type="post", id=made["id"], data={"title": "newer"})
        assert await site.noted() == [["update", "plain", "newer"]]


async def test_hooks_are_asked_before_publishing_and_deleting() -> None:
    async with lua_site(INIT) as site:
        await site.run("types.create", name="post", fields=FIELDS)
        secret = await site.run("content.create", type="post", data={"title": "secret"})
        with pytest.raises(Reject, match="nobody may see this"):
            await site.run("content.publish", type="post", id=secret.id)
        with pytest.raises(Reject, match="it stays"):
            await site.run("content.delete", type="post", id=secret.id)
        assert (await site.run("content.get", type="post", id=secret.id)).state == {"en": "draft", "de": "draft"}


@pytest.mark.needs_plugin("http")
async def test_who_asks_over_http_is_told_which_field_and_which_plugin() -> None:
    async with lua_site(INIT, "http", serving=True) as site:
        await site.run("types.create", name="post", fields=FIELDS)
        async with Client.of(site.app, "admin-token") as client:
            refused = await client.request("POST", "/api/v1/content/post", json={"data": {"title": "polite"}})
            told = refused.json()
            assert (refused.status, told["code"], told["plugin"]) == (422, "invalid", "shop")
            assert told["errors"] == [{"pointer": "/data/title", "code": "rude", "detail": "say please"}]
            aborted = await client.request("POST", "/api/v1/content/post", json={"data": {"title": "abort"}})
            assert (aborted.status, aborted.json()["detail"]) == (422, "not like this")
            assert b"init.lua" not in aborted.body
            endless = await client.request("POST", "/api/v1/content/post", json={"data": {"title": "loop"}})
            assert (endless.status, endless.json()["code"]) == (500, "plugin_error")
            made = await client.request("POST", "/api/v1/content/post", json={"data": {"title": "change"}})
            assert (made.status, made.json()["data"]["title"]) == (201, "CHANGED")
            listed = await client.get("/api/v1/content/post")
            assert [one["data"]["title"] for one in listed.json()["data"]] == ["CHANGED"]
