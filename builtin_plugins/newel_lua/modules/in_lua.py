"""Modules that are all Lua: ``http``, ``json``, ``schedule``."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from newel_lua.model import Function


@frozen
class InLua:
    """A module without functions on the server's side; what it does stands in ``worker/lua/<name>.lua``."""

    name: str
    functions: Mapping[str, Function] = Factory(dict)
