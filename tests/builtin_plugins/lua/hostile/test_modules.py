"""The modules that plugins are given open no way out of the machine."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.lua.hostile.conftest import ATTACKS, MEMORY, Attack
from tests.builtin_plugins.lua.services.machines import FOLDER

from newel_lua.worker.machine import Machine

pytestmark = pytest.mark.engines()

MODULES = sorted(file.stem for file in FOLDER.glob("*.lua") if file.stem != "sandbox")
WAYS_OUT = [one for one in ATTACKS if one.name.startswith("code_") and "desk" not in one.text]


def machine(text: str) -> Machine:
    sources = {name: (FOLDER / f"{name}.lua").read_bytes() for name in ("sandbox", *MODULES)}
    made = Machine("x", {"init.lua": text}, {name: ["anything"] for name in MODULES}, MEMORY, sources)
    assert made.load(1, 50_000_000)["t"] == "done"
    return made


@pytest.mark.parametrize("attack", WAYS_OUT, ids=lambda one: one.name)
def test_with_all_modules_there_is_no_way_out_either(attack: Attack) -> None:
    made = machine(attack.text + "\nfunction hello() return 'hello' end")
    assert made.call(2, "attack", (), 50_000_000)["v"] == ["contained"]
    assert made.call(3, "hello", (), 50_000_000)["v"] == ["hello"]


@pytest.mark.parametrize("module", [*MODULES, "string", "table", "math", "coroutine"])
def test_a_module_cannot_be_changed(module: str) -> None:
    made = machine(f"""
        function attack()
          local each = {module}
          local ok, text = pcall(function() each.added = 1 end)
          local known = each.anything or each.format or each.insert or each.floor or each.wrap
          return {{
            getmetatable(each), ok, text, pcall(setmetatable, each, {{}}) == false, each.added == nil, type(known),
          }}
        end
    """)
    [[meta, ok, text, sealed, unchanged, known]] = made.call(2, "attack", (), 50_000_000)["v"]
    assert (meta, ok, sealed, unchanged, known) == ("protected", False, True, True, "function")
    assert text.endswith(f"{module} cannot be changed")


def test_what_a_module_keeps_is_not_the_plugins_to_change() -> None:
    """A plugin that replaces names in its own globals changes nothing for the modules."""
    made = machine("""
        local encode = json.encode
        function attack()
          string, table, math, tostring, type, pairs, next, error = nil, nil, nil, nil, nil, nil, nil, nil
          return encode({ a = { 1, 2 } })
        end
    """)
    assert made.call(2, "attack", (), 50_000_000)["v"] == ['{"a":[1,2]}']
