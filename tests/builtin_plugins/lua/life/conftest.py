"""A site with plugins that are JSON in the place of Lua."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import LifePlugin, Site

from newel.testing import FakeClock


@pytest.fixture
def lua_config() -> dict[str, Any]:
    return {"shipped": False}


@pytest.fixture
async def site(make_app: Any, clock: FakeClock, tmp_path: Path, lua_config: dict[str, Any]) -> Site:
    app = await make_app(
        ["database", "migrations", LifePlugin.manifest], {"lua": lua_config}, folder=tmp_path, clock=clock
    )
    return Site(app, clock, tmp_path / "plugins" / "lua")
