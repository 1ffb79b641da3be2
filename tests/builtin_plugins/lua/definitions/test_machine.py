"""What is described is what a machine offers to plugins, function by function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lupa.luajit21 as vm
import pytest

import newel_lua
from newel.contracts.database import Database
from newel.testing import make_app
from newel_lua.definitions.described import described
from newel_lua.harness.module import TestModule
from newel_lua.modules.all import modules_of
from newel_lua.store_kv import KvStore

SOURCES = Path(newel_lua.__file__).parent / "worker" / "lua"
RECORDED = """
local set, made = setmetatable, {}
setmetatable = function(table, meta)
  if meta and meta.__metatable == "protected" and type(meta.__index) == "table" then
    made[#made + 1] = meta.__index
  end
  return set(table, meta)
end
return function() return made[#made] end
"""
HIDDEN = {"db": {"begin", "commit", "rollback", "count_of"}, "test": set()}
"""What the Lua half of a module uses for itself."""


@pytest.fixture(scope="module")
async def offered() -> dict[str, set[str]]:
    """The functions of each module, as a plugin finds them."""
    async with make_app(["sqlite", "migrations", "content", "lua"]) as app:
        lua: Any = app.plugins["lua"]
        modules = [*modules_of(app, lua._config, app.need(Database), KvStore(), lua.life.texts), TestModule()]
    runtime = vm.LuaRuntime(unpack_returned_tuples=True)
    latest = runtime.execute(RECORDED)
    driver = runtime.compile((SOURCES / "sandbox.lua").read_text("utf-8"))(32 << 20, "tried", runtime.table())
    found = {}
    for module in sorted(modules, key=lambda one: one.name):
        half = SOURCES / f"{module.name}.lua"
        text = half.read_text("utf-8") if half.is_file() else None
        driver["module"](module.name, text, runtime.table_from(sorted(module.functions)))
        found[module.name] = {key for key, value in latest().items() if vm.lua_type(value) == "function"}
    return found


async def test_every_module_is_described(offered: dict[str, set[str]]) -> None:
    assert {one.name for one in described()} == {"globals", *offered}


@pytest.mark.parametrize("module", [one for one in described() if one.name != "globals"], ids=lambda one: one.name)
async def test_every_function_is_described_and_there(offered: dict[str, set[str]], module: Any) -> None:
    hidden = HIDDEN.get(module.name, set()) - module.offered
    assert module.offered == offered[module.name] - hidden
