"""The module ``content``: operations of ours, for the types that were approved and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from newel import SYSTEM
from newel.app import App
from newel.testing import FakeAudit, actor, make_app
from newel_lua.model import Grants, LuaFault, LuaRefused, Run, Self
from newel_lua.modules.content import ContentModule

pytestmark = pytest.mark.engines("sqlite")  # what content answers on each engine is for its own tests
TITLE = {"name": "title", "type": "text", "indexed": True}
LINK = {"name": "note", "type": "reference", "indexed": True, "options": {"targets": ["note"]}}


class Plugin:
    """Calls functions of ``content`` as one plugin."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.module = ContentModule(app)
        self.run = self.started(())

    def started(self, needs: Iterable[str], **more: Any) -> Run:
        plugin = Self(name="shop", version="1", grants=Grants(needs=frozenset(needs)))
        self.run = Run(
            plugin=plugin, call=self.app.call(SYSTEM, "test"), **{"kind": "route", "operations": 1000, **more}
        )
        return self.run

    async def __call__(self, function: str, *arguments: Any) -> Any:
        return await self.module.functions[function](self.run, arguments)

    async def refused(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        with pytest.raises(LuaRefused) as caught:
            await self(function, *arguments)
        return caught.value.args


@pytest.fixture
async def plugin() -> AsyncIterator[Plugin]:
    async with make_app(["database", "migrations", "content", FakeAudit.manifest]) as app:
        for name, fields in (("note", [TITLE]), ("post", [TITLE, LINK, {"name": "sub", "type": "text"}])):
            await app.operations.run("types.create", {"name": name, "fields": fields}, app.call(actor("admin"), "test"))
        yield Plugin(app)


ALL = ("content.read:*", "content.write:*", "content.publish:*", "content.delete:*", "content.types")


async def test_functions_mirror_our_operations(plugin: Plugin) -> None:
    assert {"get", "list", "create", "update", "replace", "publish", "unpublish", "delete", "move", "types", "type",
            "versions", "restore", "locales", "types_update"} <= set(plugin.module.functions)  # fmt: skip
    plugin.started(ALL)
    made = await plugin("create", "post", {"title": "A", "sub": "B"})
    assert (made["type"], made["author"], made["data"]["title"]) == ("post", "lua:shop", "A")
    id = made["id"]
    changed = await plugin("update", "post", id, {"title": "C"}, {"revision": 1, "clear": ["sub"]})
    assert changed["data"] == {"title": "C", "note": None, "sub": None}
    assert (await plugin("get", {"type": "post", "id": id}))["revision"] == 2
    assert (await plugin("publish", "post", id))["state"] == {"en": "published"}
    listed = await plugin("list", "post", {"filter": {"title": {"_eq": "C"}}, "sort": {}, "count": "exact"})
    assert ([one["id"] for one in listed["data"]], listed["meta"]["total"]) == ([id], 1)
    assert [one["name"] for one in (await plugin("types"))["data"]] == ["note", "post"]
    assert (await plugin("type", "post"))["fields"][0]["name"] == "title"
    assert (await plugin("delete", "post", id))["deleted"] == [id]
    assert (await plugin("trash"))["data"][0]["id"] == id


async def test_errors_of_ours_are_told_with_code_and_problems(plugin: Plugin) -> None:
    plugin.started(ALL)
    message, code, problems = await plugin.refused("create", "post", {"title": 5, "other": 1})
    assert (message, code) == ("the data is not valid", "invalid")
    assert {(one["pointer"], one["code"]) for one in problems} == {("/data/title", "type"), ("/data/other", "unknown")}
    assert (await plugin.refused("get", "post", "nothing"))[1] == "not_found"
    assert (await plugin.refused("get", "post"))[1] == "invalid"
    with pytest.raises(LuaFault, match="takes"):
        await plugin("get", "post", "x", 5)


async def test_only_approved_types_and_rights(plugin: Plugin) -> None:
    plugin.started(ALL)
    note = await plugin("create", "note", {"title": "secret"})
    post = await plugin("create", "post", {"title": "A", "note": note["id"]})
    plugin.started(["content.read:post", "content.write:post", "kv", "content.read_draft:*", "content.write"])
    assert (await plugin("get", "post", post["id"]))["data"]["note"] == note["id"]
    assert [one["name"] for one in (await plugin("types"))["data"]] == ["post"]
    assert [one["code"] for one in (await plugin("locales"))["data"]] == ["en"]
    refused: list[tuple[Any, ...]] = [
        ("get", "note", note["id"]), ("get", {"type": "note", "id": note["id"]}), ("get", {"id": note["id"]}),
        ("list", "note"), ("create", "note", {"title": "x"}), ("update", "note", note["id"], {"title": "x"}),
        ("publish", "post", post["id"]), ("delete", "post", post["id"]), ("type", "note"), ("trash",),
        ("purge", "post", post["id"], {"confirm": True}), ("types_delete", "note"), ("references", "post", post["id"]),
        ("list", "post", {"expand": ["note"]}),
        ("list", "post", {"filter": {"note": {"title": {"_contains": "s"}}}}),
        ("list", "post", {"filter": {"_or": [{"note": {"_some": {"title": {"_contains": "s"}}}}]}}),
        ("get", {"type": ["note"], "id": note["id"]}),
    ]  # fmt: skip
    for arguments in refused:
        assert (await plugin.refused(*arguments))[1] == "forbidden", arguments
    # Another id's type is not believed: the entry has to be of the type that was approved.
    assert (await plugin.refused("get", "post", note["id"]))[1] == "not_found"
    assert (await plugin.refused("update", "post", note["id"], {"title": "x"}))[1] == "not_found"
    plugin.started(["content.delete:post", "content.purge:post"])
    assert (await plugin.refused("purge", "post", post["id"], {"confirm": True}))[1] == "forbidden"
    assert (await plugin.refused("restore_trashed", "post", post["id"]))[1] == "forbidden"
    assert (await plugin.refused("delete", "post", post["id"], {"descendants": True}))[1] == "forbidden"
    assert (await plugin("delete", "post", post["id"]))["deleted"] == [post["id"]]


async def test_content_is_not_for_before_hooks_transactions_or_the_penniless(plugin: Plugin) -> None:
    plugin.started(ALL, kind="before")
    with pytest.raises(LuaFault, match="before-hook"):
        await plugin("get", "post", "x")
    plugin.started(ALL, operations=1)
    await plugin("list", "post")
    with pytest.raises(LuaFault, match="budget"):
        await plugin("list", "post")
    plugin.started(ALL).tx = object()  # type: ignore[assignment]  # only whether there is one matters
    with pytest.raises(LuaFault, match="inside db"):
        await plugin("create", "post", {})
    assert await plugin("list", "post")
