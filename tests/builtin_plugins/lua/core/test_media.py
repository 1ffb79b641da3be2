"""Files of the library as rows of ``media``, and as subjects of hooks."""

from __future__ import annotations

import json

import pytest
from tests.builtin_plugins.lua.core.plugin import Plugin
from tests.builtin_plugins.lua.hooks.lua_site import NOTES, Here
from tests.builtin_plugins.media.site import PLUGINS, image, site

from newel import Reject
from newel_lua.model import LuaRefused

INIT = """
hooks.on("before_create", "media", function(row)
  if row.name == "bad.png" then hooks.reject("name", "not this one") end
  note(row._event, row.mimetype, row.bytes)
  return { alt = "A cat", display_name = "The cat" }
end)
hooks.on("after_create", "media", function(row) note(row._event, row.media_id == row.id, row.display_name, row.alt) end)
hooks.on("after_update", "media", function(row) note(row._event, row.caption) end)
hooks.on("before_delete", "media", function(row)
  note(row._event, row.name)
  if KEPT then error("it stays") end
end)
hooks.on("after_delete", "media", function(row) note(row._event, row.name) end)
function keep(yes) KEPT = yes end
"""


async def test_files_are_rows_that_can_be_changed_and_deleted() -> None:
    async with site("content", plugins=PLUGINS) as library:
        plugin = Plugin(library.app)
        cat, dog = await library.upload(image()), await library.upload(image(10, 10), "dog.png")
        row = await plugin("query_one", "media", {"where": ["=", "media_id", cat.id]})
        shown = {name: row[name] for name in ("name", "display_name", "alt", "mimetype", "dimensions", "hash")}
        assert shown == {
            "name": "cat.png", "display_name": "cat.png", "alt": "", "mimetype": "image/png", "dimensions": "1000x500",
            "hash": cat.hash,
        }  # fmt: skip
        assert json.loads(row["srcset"]) == []
        where = {"where": ["=", "media_id", cat.id]}
        change = {"alt": "A cat", "display_name": "Cat", "caption": "Asleep", "focal_x": 0.5, "focal_y": 0.25}
        assert await plugin("update", "media", {**where, "set": change}) == 1
        changed = await library.run("media.get", id=cat.id)
        assert (changed.alt, changed.title, changed.caption) == ({"en": "A cat"}, "Cat", "Asleep")
        row = await plugin("query_one", "media", {"where": ["like", "alt", "%cat%"]})
        assert (row["id"], row["focal_x"], row["focal_y"]) == (cat.id, 0.5, 0.25)
        with pytest.raises(LuaRefused, match="cannot be written"):
            await plugin("update", "media", {**where, "set": {"url": "https://elsewhere.example"}})
        with pytest.raises(LuaRefused, match="upload it"):
            await plugin("insert", "media", {"name": "x.png"})
        both = {"where": ["in", "media_id", [cat.id, dog.id, "nothing"]]}
        assert await plugin("delete", "media", both) == 2
        assert await plugin("count", "media", {}) == 0


async def test_hooks_are_asked_before_a_file_is_stored_and_told_after() -> None:
    Here.code = {"init.lua": f"plugin_info = {{ name = 'shop', version = '1' }}{NOTES}{INIT}".encode()}
    async with site("content", Here.manifest, plugins=PLUGINS) as library:
        here = library.app.plugins["here"]
        assert isinstance(here, Here)
        data = image()
        cat = await library.upload(data)
        assert (cat.alt, cat.title) == ({"en": "A cat"}, "The cat")
        with pytest.raises(Reject) as caught:
            await library.upload(image(10, 10), "bad.png")
        assert [(one.pointer, one.detail) for one in caught.value.problems] == [("/name", "not this one")]
        await library.app.settle()
        assert await here.ask("noted") == [
            ["before_create", "image/png", len(data)], ["after_create", True, "The cat", "A cat"],
        ]  # fmt: skip
        await library.run("media.update", id=cat.id, caption="Asleep")
        await library.app.settle()
        assert await here.ask("noted") == [["after_update", "Asleep"]]
        await here.ask("keep", True)
        with pytest.raises(Reject, match="it stays"):
            await library.run("media.delete", id=cat.id)
        await here.ask("keep", False)
        await library.run("media.delete", id=cat.id)
        await library.app.settle()
        assert await here.ask("noted") == [["before_delete", "cat.png"]] * 2 + [["after_delete", "cat.png"]]
