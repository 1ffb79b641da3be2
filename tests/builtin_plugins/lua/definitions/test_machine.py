"""What is described is what a machine offers to plugins, function by function."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import lupa.luajit21 as vm
import pytest

import newel_lua
from newel.contracts.database import Database
from newel.testing import make_app
from newel_lua.config import LuaConfig
from newel_lua.definitions.described import described
from newel_lua.harness.module import TestModule
from newel_lua.model import Module
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


async def modules() -> list[Module]:
    """Those of a site with content, and that of tests."""
    async with make_app(["sqlite", "migrations", "content"]) as app:
        made = modules_of(app, LuaConfig(), app.need(Database), KvStore(), lambda name: {})
        return [*made, TestModule()]


@pytest.fixture(scope="module")
def offered() -> dict[str, set[str]]:
    """The functions of each module, as a plugin finds them."""
    runtime = vm.LuaRuntime(unpack_returned_tuples=True)
    latest = runtime.execute(RECORDED)
    driver = runtime.compile((SOURCES / "sandbox.lua").read_text("utf-8"))(32 << 20, "tried", runtime.table())
    found = {}
    for module in sorted(asyncio.run(modules()), key=lambda one: one.name):
        half = SOURCES / f"{module.name}.lua"
        text = half.read_text("utf-8") if half.is_file() else None
        driver["module"](module.name, text, runtime.table_from(sorted(module.functions)))
        found[module.name] = {key for key, value in latest().items() if vm.lua_type(value) == "function"}
    return found


def test_every_module_is_described(offered: dict[str, set[str]]) -> None:
    assert {one.name for one in described()} == {"globals", *offered}


@pytest.mark.parametrize("module", [one for one in described() if one.name != "globals"], ids=lambda one: one.name)
def test_every_function_is_described_and_there(offered: dict[str, set[str]], module: Any) -> None:
    assert module.offered == offered[module.name]
