"""``gsub`` with a function or a table is ours: it does what Lua's own does, and what it calls may call the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lupa.luajit21 as vm
import pytest

import newel_lua.worker as package
from newel_lua.worker.machine import Machine

pytestmark = pytest.mark.engines()

CASES = [
    ("abc", "%w*"), ("abc", ""), ("", "x*"), ("", "x"), ("hello world", "o"), ("abc", "^a"), ("aaa", "^a"),
    ("hello", "l*"), ("THE (quick) fox", "%f[%a]%a+"), ("a,b,,c", ",*"), ("abc", "()"), ("abc", "()b()"),
    ("k=v, x=y", "(%w+)=(%w+)"), ("abc", "$"), ("abc", "%w$"), ("x^y", "^"), ("x^y", "%^"), ("aXbX", "X", 1),
    ("aXbX", "X", 0), ("aXbX", "X", -1), ("äö", "."), ("a b", "%s"), ("abab", "(a)(b)", 1), (17.5, "%d"),
]  # fmt: skip

SOURCE = """
function each(text, pattern, most)
  return {string.gsub(text, pattern, function(...)
    local first = ...
    return "<" .. tostring(first) .. "|" .. select("#", ...) .. ">"
  end, most)}
end
function named(text, pattern, most) return {string.gsub(text, pattern, {a = "1", k = 2, hello = false}, most)} end
function kept(text, pattern, most) return {string.gsub(text, pattern, function() return nil end, most)} end
function asks(text) return (string.gsub(text, "%w+", function(word) return desk.say(word) end)) end
function wrong(text) return {pcall(string.gsub, text, ".", function() return {} end)} end
"""


def machine() -> Machine:
    sources = {"sandbox": Path(package.__file__).with_name("lua").joinpath("sandbox.lua").read_bytes()}
    one = Machine("a", {"init.lua": SOURCE}, {"desk": ["say"]}, 8 << 20, sources)
    assert one.load(1, 10_000_000)["t"] == "done"
    return one


def test_it_does_what_luas_own_does() -> None:
    plain = vm.LuaRuntime(encoding=None)
    plain.execute(SOURCE.encode())
    ours = machine()
    for case in CASES:
        arguments: list[Any] = [one.encode() if isinstance(one, str) else one for one in case]
        for name in ("each", "named", "kept"):
            expected = [*plain.globals()[name.encode()](*arguments).values()]
            [(text, count)] = ours.call(2, name, case, 10_000_000)["v"]
            assert [text if isinstance(text, bytes) else text.encode(), count] == expected, (name, case)
    assert ours.call(2, "wrong", ["x"], 10_000_000)["v"][0][1].endswith("invalid replacement value (a table)")
    for case in ((None, "x"), ("x", None), ("x", {}), ({}, "x"), ("x", "x", "many")):
        assert "bad argument" in ours.call(2, "each", case, 10_000_000)["m"], case


def test_what_it_calls_may_call_the_server() -> None:
    ours = machine()
    assert ours.call(2, "asks", ["one two"], 10_000_000)["a"] == ["one"]
    assert ours.go_on(2, True, ["1"])["a"] == ["two"]
    assert ours.go_on(2, True, ["2"])["v"] == ["1 2"]
