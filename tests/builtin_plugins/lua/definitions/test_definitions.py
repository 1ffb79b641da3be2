"""The definitions for editors and the reference page are those of the descriptions, and their readers can read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lupa.luajit21 import LuaRuntime

from newel_lua.definitions.__main__ import made
from newel_lua.definitions.described import DescribedModule, described

ROOT = Path(__file__).parents[4]
MODULES = described()
BASIC = {"any", "nil", "string", "number", "integer", "boolean", "table", "fun"}
LITERAL = re.compile(r'"[^"]*"')
WORD = re.compile(r"\b(?<!\.)([A-Za-z_][\w.]*)\b(?!\??:)")


def test_what_is_made_from_them_is_current() -> None:
    for name, text in made().items():
        assert (ROOT / name).read_text("utf-8") == text, f"{name} is out of date: ./just docs"


def test_the_definitions_are_lua() -> None:
    lua = LuaRuntime()
    compiled = lua.eval("function(text) local made, why = loadstring(text) return why end")
    assert compiled(made()["sdks/lua/newel.lua"]) is None


def test_every_annotation_is_one_that_editors_know() -> None:
    forms = {
        "meta": r"",
        "class": r" [\w.]+",
        "alias": r" [\w.]+",
        "field": r" (\[\w+\]|\w+\??) \S.*",
        "param": r" (\w+\??|\.\.\.) \S.*",
        "return": r" \S.*",
        "type": r" \S+",
    }
    for line in made()["sdks/lua/newel.lua"].splitlines():
        if (match := re.match(r"---@(\w+)(.*)", line)) is not None:
            assert re.fullmatch(forms[match[1]], match[2]), line


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.name)
def test_every_type_that_is_named_is_there(module: DescribedModule) -> None:
    known = BASIC | {one.name for each in MODULES for one in each.types}
    values = [
        *(value for one in module.types for value in one.fields),
        *(value for one in module.functions for value in (*one.params, *one.returns)),
        *module.variables,
    ]
    texts = [value.type for value in values] + [text for one in module.types for text in one.alias]
    named = {word for text in texts for word in WORD.findall(LITERAL.sub("", text))}
    assert named <= known


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.name)
def test_every_example_is_lua(module: DescribedModule) -> None:
    compiled = LuaRuntime().eval("function(text) local made, why = loadstring(text) return why end")
    for one in module.functions:
        assert compiled(one.example) is None, one.names


def test_no_function_is_described_twice() -> None:
    for module in MODULES:
        names = [name for one in module.functions for name in one.names]
        assert len(names) == len(set(names)), module.name
