"""``arg`` in functions of variable arguments, as Lua 5.1 fills it."""

from __future__ import annotations

from typing import Any

import pytest
from lupa.luajit21 import LuaRuntime

from newel_lua.varargs import filled


def run(text: str) -> Any:
    return LuaRuntime().execute(filled(text.encode()))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("local function f(...) return arg.n end return f(1, nil, 3)", 3),
        ("local function f(a, ...) return arg[1] end return f(1, 2)", 2),
        ("local t = {} function t:f(...) if true then return arg.n end end return t:f('x')", 1),
        ("return (function(...) for i = 1, 1 do repeat local n = arg.n until true end return arg[2] end)(7, 8)", 8),
        # What uses `...` has no `arg`, and other functions have none either.
        ("arg = 'global' local function f(...) local n = select('#', ...) return arg end return f(1)", "global"),
        ("arg = 'global' local function f(a) return arg end return f(1)", "global"),
        ("local function f(...) return (function() return arg.n end)() end return f(1, 2)", 2),
        ("local function f(...) return (function(...) return arg.n end)(arg[1]) end return f(1, 2)", 1),
        ("local o = {arg = 5} local function f(...) return o.arg end return f(1)", 5),
        ("local function f(...) return [==[ arg ]==] .. \"arg\" -- arg\n end return f(1)", " arg arg"),
    ],
)  # fmt: skip
def test_arg_is_there_where_it_was(text: str, answer: Any) -> None:
    assert run(text) == answer


def test_lines_stay_where_they_are() -> None:
    text = "local function f(...)\n  local n = arg.n\n  error('here')\nend\nf()"
    made = filled(text.encode()).decode()
    assert made != text
    assert [one.lstrip() for one in made.splitlines()][1:] == [one.lstrip() for one in text.splitlines()][1:]


@pytest.mark.parametrize("piece", ["[[", "--[[", '"', '"\\"', "[=", "function(...) arg ", "function f(..."])
def test_a_text_that_never_closes_takes_no_time(piece: str) -> None:
    text = "arg ... " + piece * 20_000
    assert filled(text.encode()) == text.encode()


@pytest.mark.parametrize("text", ["", "arg ... end end end", "function f(... arg", "'arg ...", "--[[ arg ..."])
def test_what_is_no_lua_does_no_harm(text: str) -> None:
    assert filled(text.encode()) == text.encode()
