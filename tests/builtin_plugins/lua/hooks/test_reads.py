"""Hooks on reads in Lua: answers in place of content, state carried on, headers, no shared copy of what is one's."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.lua.hooks.lua_site import lua_site

from newel.testing import Client

pytestmark = pytest.mark.needs_plugin("http")
TITLE = {"name": "title", "type": "text"}
SLUG = {"name": "slug", "type": "slug", "options": {"source": "title"}}
INIT = """
hooks.on("before_read", "story", function(data)
  note(data._table, data._event, data.content_data_id == data.id, data.datatype_id, data.data and data.data.title,
    data.actor.kind, data.headers.cookie)
  if data.query.locale == "de" then error("boom") end
  if data.actor.kind == "anonymous" then
    return { status = 402, json = { pay = 3 }, headers = { ["X-Price"] = 3, ["Set-Cookie"] = "a=b", Server = "me",
      ["Access-Control-Allow-Origin"] = "*", ["X-Bad"] = "a\\r\\nb", ["Content-Type"] = "text/html" } }
  end
  return { _who = data.actor.name }
end)
hooks.on("before_read", "content_data", function(data)
  if data.key == "old" and not data.found then return { status = 301, headers = { Location = "/new" } } end
  data._given = data.title
  return { shared = true, _seen = data.slug }
end)
hooks.on("after_read", "content_data", function(data, state)
  note(data._event, data._seen, state._who, state._seen, state._given, state._table)
  if data.key == "shown" then return { headers = { ["cache-control"] = "public, max-age=7" } } end
  if data.key == "broken" then error("boom") end
  return { headers = { ["X-Robots-Tag"] = "noindex" } }
end)
hooks.on("before_read", "wrong", function() return { status = 99 } end)
"""


async def test_reads() -> None:
    async with lua_site(INIT, "delivery", "http", serving=True) as site:
        for name in ("story", "note", "wrong"):
            await site.run("types.create", name=name, kind="page", fields=[TITLE, SLUG])
        titles = {"story": ["Story"], "note": ["Note", "Shown", "Broken"], "wrong": ["Wrong"]}
        for name, entries in titles.items():
            for title in entries:
                made = await site.run("content.create", type=name, data={"title": title})
                await site.run("content.publish", type=name, id=made.id)
        async with Client.of(site.app) as client:
            await _paywall(site, client)
            await _rest(site, client)


async def _paywall(site: Any, client: Client) -> None:
    for path in ("pages/story", "story/story", "story"):
        answer = await client.get(f"/api/v1/delivery/{path}", headers={"Cookie": "a=b"})
        assert (answer.status, answer.json()) == (402, {"pay": 3})
        assert answer.headers["X-Price"] == "3"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Server"] == "newel"
        assert not {"Set-Cookie", "Access-Control-Allow-Origin", "X-Bad"} & set(answer.headers)
    assert (await site.noted())[:2] == [["content_data", "before_read", True, "story", "Story", "anonymous"]] * 2
    answer = await client.signed_in("perm:none").get("/api/v1/delivery/story/story")
    assert (answer.status, answer.json()["data"]["title"]) == (200, "Story")
    assert (await site.noted())[-1] == ["after_read", "story", "tester", "story", "Story"]
    # A hook that fails gives nothing away.
    answer = await client.get("/api/v1/delivery/story/story?locale=de")
    assert (answer.status, answer.json()["code"]) == (500, "plugin_error")
    assert b"boom" not in answer.body


async def _rest(site: Any, client: Client) -> None:
    gone = await client.get("/api/v1/delivery/pages/old")
    assert (gone.status, gone.headers["Location"]) == (301, "/new")
    assert (await client.get("/api/v1/delivery/pages/older")).status == 404
    # Who says that its decision is the same for all readers leaves the caching as it is.
    answer = await client.get("/api/v1/delivery/note/note")
    assert (answer.status, answer.headers["X-Robots-Tag"]) == (200, "noindex")
    assert "s-maxage" in answer.headers["Cache-Control"]
    answer = await client.get("/api/v1/delivery/note/shown")
    assert answer.headers["Cache-Control"] == "public, max-age=7"
    answer = await client.get("/api/v1/delivery/note/broken")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    assert (await client.get("/api/v1/delivery/wrong/wrong")).status == 500
    assert ("after_read content_data", "init.lua:25", False) in site.lua.failures
