"""What plugins bring to the form of an entry: an editor in Lua, and the screen that a picked file is looked at in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.site import PLUGINS, image, pieces
from tests.builtin_plugins.tui.support import At, Someone, site

from newel.app import App
from newel.contracts.media import Media
from newel.contracts.tui import Navigate
from newel.testing import FakeClock, actor
from newel_lua.harness.site import site as lua_site
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway.local import Catalogue, LocalGateway

pytestmark = [pytest.mark.may_block, pytest.mark.engines("sqlite")]
ADMIN = actor("admin", everything=True)
INIT = """
plugin_info = {
    name = "paint", version = "1.0.0", description = "Colours",
    interfaces = { { name = "pick", label = "Pick", mode = "MODE", types = { "color" } } },
}
"""
INTERFACE = """
function interface(ctx)
    local value, names = ctx.value or "#000000", { "#ff0000", "#00ff00" }
    local at = 0
    while true do
        local event = coroutine.yield(LAYOUT)
        if event.key == "right" then
            at = at % #names + 1
            value = names[at]
        elseif event.key == "enter" then
            coroutine.yield({ action = "commit", value = value })
            return
        elseif event.key == "esc" then
            coroutine.yield({ action = "cancel" })
            return
        end
    end
end
"""
TEXT = '{ type = "text", lines = { { text = "painting " .. value } } }'
LAYOUTS = {"inline": TEXT, "overlay": f'tui.grid({{ tui.column(12, {{ tui.cell("Paint", 1.0, {TEXT}) }}) }})'}


@asynccontextmanager
async def form_of(app: App, catalogue: Catalogue, params: Mapping[str, Any]) -> AsyncIterator[At]:
    """Somebody in the form of an entry."""
    someone = Someone(ADMIN)
    desk = Desk(LocalGateway(app, catalogue, someone), TuiConfig(home="content/entries"), FakeClock(), lambda: None)
    try:
        desk.start(desk.begin())
        await desk.settle()
        desk.start(desk.navigate(Navigate(plugin="content", screen="entry", params=params)))
        await desk.settle()
        yield At(desk, someone)
    finally:
        await desk.close()


@pytest.mark.needs_plugin("lua")
@pytest.mark.parametrize("mode", LAYOUTS)
async def test_an_editor_in_lua_gives_a_field_its_value(mode: str, tmp_path: Path) -> None:
    folder = tmp_path / "paint"
    (folder / "interfaces").mkdir(parents=True)
    (folder / "init.lua").write_text(INIT.replace("MODE", mode), "utf-8")
    (folder / "interfaces" / "pick.lua").write_text(INTERFACE.replace("LAYOUT", LAYOUTS[mode]), "utf-8")
    async with lua_site(folder, 10.0) as made:
        app, call = made.app, made.app.call(ADMIN, "test")
        fields = [{"name": "title", "type": "text"}, {"name": "shade", "type": "color"}]
        await app.operations.run("types.create", {"name": "wall", "fields": fields}, call)
        data = {"title": "North", "shade": "#123456"}
        entry: Any = await app.operations.run("content.create", {"type": "wall", "data": data}, call)

        async def kept() -> Any:
            found: Any = await app.operations.run("content.get", {"type": "wall", "id": entry.id}, call)
            return found.data["shade"]

        async with form_of(app, Catalogue(app), {"type": "wall", "id": entry.id}) as at:
            assert "(pick)" in at.text
            assert "painting #123456" in await at.press("tab", "enter")
            assert "painting #00ff00" in await at.press("right", "right")
            seen = await at.press("esc")
            assert "#123456" in seen
            assert "not saved" not in seen, "given up, the value is what it was"
            seen = await at.press("enter", "right", "enter")
            assert "#ff0000" in seen
            assert "painting" not in seen
            await at.press("ctrl+s")
            assert await kept() == "#ff0000"


@pytest.mark.needs_plugin("media", "jobs", "content")
async def test_the_focal_point_of_a_picked_image_is_set_on_the_way(tmp_path: Path) -> None:
    async with site(*(one for one in PLUGINS if one != "audit"), "content", folder=tmp_path) as made:
        app, call = made.app, made.app.call(ADMIN, "test")
        fields = [{"name": "title", "type": "text"}, {"name": "cover", "type": "media"}]
        await app.operations.run("types.create", {"name": "post", "fields": fields}, call)
        picture = image(300, 200, salient={"x": 0.5, "y": 0.5})
        cover = await app.need(Media).take(call, pieces(picture), {"name": "cat.png"})
        async with form_of(app, made.catalogue, {"type": "post"}) as at:
            await at.type("A cat")
            assert "look at it" not in await at.press("tab"), "nothing is picked yet"
            await at.press("enter", "enter")
            assert "o look at it" in at.text
            assert "300 x 200 pixels" in await at.press("o")
            await at.press("f", "right", "enter")
            seen = await at.press("esc")
            assert "A cat" in seen
            assert "cat.png" in seen
            assert "not saved" in seen
            asset: Any = await app.operations.run("media.get", {"id": cover["id"]}, call)
            assert (asset.focal.x, asset.focal.y, asset.focal_by_hand) == (0.52, 0.5, True)
            await at.press("ctrl+s")
            listed: Any = await app.operations.run("content.list", {"type": "post"}, call)
            assert [one.data for one in listed.data] == [{"title": "A cat", "cover": cover["id"]}]
