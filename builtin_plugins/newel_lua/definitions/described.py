"""The descriptions, read from the files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from attrs import frozen

FIRST = ("globals", "db", "core", "content", "http", "hooks", "request")
"""The order of the reference; others follow by name."""


@frozen(kw_only=True)
class Value:
    """A parameter, a field or an answer."""

    name: str
    type: str
    text: str = ""
    optional: bool = False


@frozen(kw_only=True)
class DescribedType:
    """A table with fields, or else a name for several types."""

    name: str
    summary: str = ""
    fields: tuple[Value, ...] = ()
    alias: tuple[str, ...] = ()


@frozen(kw_only=True)
class DescribedFunction:
    """``defined``: by the plugin, not for it."""

    names: tuple[str, ...]
    summary: str
    params: tuple[Value, ...] = ()
    returns: tuple[Value, ...] = ()
    example: str = ""
    defined: bool = False


@frozen(kw_only=True)
class DescribedModule:
    """``globals`` stands for what is in no module."""

    name: str
    summary: str
    text: str = ""
    types: tuple[DescribedType, ...] = ()
    functions: tuple[DescribedFunction, ...] = ()
    variables: tuple[Value, ...] = ()

    @property
    def offered(self) -> frozenset[str]:
        """The names of the functions that a machine has to offer."""
        return frozenset(name for one in self.functions if not one.defined for name in one.names)


def described() -> list[DescribedModule]:
    """All modules, in the order of the reference."""
    found = [_module(path.name[:-5], path.read_text("utf-8")) for path in _folder() if path.name.endswith(".toml")]
    return sorted(found, key=lambda one: (FIRST.index(one.name) if one.name in FIRST else len(FIRST), one.name))


def _folder() -> list[Any]:
    return list(files(__package__).iterdir())


def _module(name: str, text: str) -> DescribedModule:
    raw = tomllib.loads(text)
    return DescribedModule(
        name=name,
        summary=raw["summary"],
        text=raw.get("text", "").strip(),
        types=tuple(_type(one) for one in raw.get("types", ())),
        functions=tuple(_function(one) for one in raw.get("functions", ())),
        variables=tuple(
            Value(name=one["name"], type=one["type"], text=one["summary"]) for one in raw.get("variables", ())
        ),
    )


def _type(raw: Mapping[str, Any]) -> DescribedType:
    return DescribedType(
        name=raw["name"], summary=raw.get("summary", ""), fields=_values(raw.get("fields", ())),
        alias=tuple(raw.get("alias", ())),
    )  # fmt: skip


def _function(raw: Mapping[str, Any]) -> DescribedFunction:
    names = raw["name"]
    return DescribedFunction(
        names=(names,) if isinstance(names, str) else tuple(names),
        summary=raw["summary"],
        params=_values(raw.get("params", ())),
        returns=tuple(Value(name=name, type=kind, text=text) for kind, name, text in raw.get("returns", ())),
        example=raw.get("example", "").strip(),
        defined=raw.get("defined", False),
    )


def _values(raw: Any) -> tuple[Value, ...]:
    return tuple(
        Value(name=name.removesuffix("?"), type=kind, text=text, optional=name.endswith("?"))
        for name, kind, text in raw
    )
