"""``newel.lua``: what editors that know LuaCATS (lua-language-server) complete and check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newel_lua.definitions.described import DescribedFunction, DescribedModule, DescribedType, Value

HEAD = "---@meta\n-- What a plugin in Lua can call in Newel. Made by ./just docs; do not edit.\n"


def luacats(modules: Iterable[DescribedModule]) -> str:
    """The text of the file."""
    return HEAD + "\n" + "\n".join("\n".join(_module(one)) + "\n" for one in modules)


def _module(module: DescribedModule) -> Iterator[str]:
    for one in module.types:
        yield from _type(one)
        yield ""
    prefix = ""
    if module.name != "globals":
        prefix = f"{module.name}."
        yield from _comment(module.summary)
        yield f"---@class {module.name}lib"
        yield f"{module.name} = {{}}"
        yield ""
    for value in module.variables:
        yield from _comment(value.text)
        yield f"---@type {value.type}"
        yield f"{prefix}{value.name} = nil"
        yield ""
    for function in module.functions:
        for name in function.names:
            yield from _function(prefix + name, function)
            yield ""


def _type(one: DescribedType) -> Iterator[str]:
    yield from _comment(one.summary)
    if one.alias:
        yield f"---@alias {one.name}"
        for option in one.alias:
            yield f"---| {option}"
        return
    yield f"---@class {one.name}"
    for field in one.fields:
        yield _line("field", f"{field.name}{_mark(field)} {field.type}", field.text)


def _function(name: str, function: DescribedFunction) -> Iterator[str]:
    yield from _comment(function.summary)
    for one in function.params:
        yield _line("param", f"{one.name}{_mark(one)} {one.type}", one.text)
    for one in function.returns:
        yield _line("return", f"{one.type} {one.name}".rstrip(), one.text)
    yield f"function {name}({', '.join(one.name for one in function.params)}) end"


def _mark(value: Value) -> str:
    return "?" if value.optional else ""


def _line(tag: str, what: str, text: str) -> str:
    return f"---@{tag} {what}" + (f" # {text}" if text and tag == "return" else f" {text}" if text else "")


def _comment(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield f"--- {line}".rstrip()
