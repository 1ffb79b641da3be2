"""``hooks``: all of it happens while a plugin loads, so the server has no part in it."""

from __future__ import annotations

from collections.abc import Mapping

from newel_lua.model import Function


class HooksModule:
    """See ``worker/lua/hooks.lua``."""

    name = "hooks"
    functions: Mapping[str, Function] = {}
