"""``lua-reference.md``: the same for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newel_lua.definitions.described import DescribedFunction, DescribedModule, DescribedType, Value

HEAD = """<!-- made by ./just docs; do not edit -->

# Lua reference

Every module and function that a plugin in Lua can call. The same for editors: [newel.lua](../../sdks/lua/newel.lua).
New here? Begin with the [tutorial](tutorial-lua.md). A plugin that was written for ModulaCMS runs unmodified; where
that system's documentation and code differ, both forms work.
"""


def page(modules: Iterable[DescribedModule]) -> str:
    """The text of the page."""
    found = list(modules)
    index = " · ".join(f"[{title(one)}](#{title(one).lower().replace(' ', '-')})" for one in found)
    return "\n\n".join([HEAD.strip(), index, *("\n\n".join(_module(one)) for one in found)]) + "\n"


def title(module: DescribedModule) -> str:
    return "Globals" if module.name == "globals" else module.name


def _module(module: DescribedModule) -> Iterator[str]:
    prefix = "" if module.name == "globals" else f"{module.name}."
    yield f"## {title(module)}"
    yield module.summary
    if module.text:
        yield module.text
    for value in module.variables:
        yield f"**`{prefix}{value.name}`** (`{value.type}`) {value.text}"
    for function in module.functions:
        yield _function(prefix, function)
    for one in module.types:
        yield _type(one)


def _function(prefix: str, function: DescribedFunction) -> str:
    arguments = ", ".join(f"[{one.name}]" if one.optional else one.name for one in function.params)
    signatures = " ".join(f"`{prefix}{name}({arguments})`" for name in function.names)
    answers = f" → {', '.join(f'`{one.type}`' for one in function.returns)}" if function.returns else ""
    parts = [f"### {signatures}{answers}", function.summary]
    if told := [_told(one) for one in function.params if one.text or one.type not in ("string", "any")]:
        parts.append("\n".join(told))
    if function.example:
        parts.append(f"```lua\n{function.example}\n```")
    return "\n\n".join(parts)


def _type(one: DescribedType) -> str:
    if one.alias:
        return f"**`{one.name}`** is one of {', '.join(f'`{option}`' for option in one.alias)}."
    head = f"**`{one.name}`** {one.summary}".rstrip()
    return "\n\n".join([head, *(["\n".join(_told(field) for field in one.fields)] if one.fields else [])])


def _told(value: Value) -> str:
    optional = ", optional" if value.optional else ""
    return f"- `{value.name}` (`{value.type}`{optional}) {value.text}".rstrip()
