"""A plugin's machine in this process, for modules that are all Lua: nothing waits, nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import newel_lua.worker
from newel_lua.model import LuaValue
from newel_lua.worker.machine import Machine

FOLDER = Path(newel_lua.worker.__file__).parent / "lua"


class Raised(Exception):
    """The plugin raised, or was stopped."""


class Here:
    """``here.call("f", 1)`` calls a global function of ``text``; ``notes`` are what it told in passing."""

    def __init__(
        self, text: str, *modules: str, memory: int = 32 << 20, files: Mapping[str, str] | None = None
    ) -> None:
        sources = {name: (FOLDER / f"{name}.lua").read_bytes() for name in ("sandbox", *modules)}
        whole: dict[str, str | bytes] = {"init.lua": text, **(files or {})}
        self._machine = Machine("tried", whole, {name: [] for name in modules}, 32 << 20, sources)
        self.notes: list[Any] = []
        self._number = 1
        _, self.registrations = (*self._taken(self._machine.load(1, 50_000_000)), [])[:2]

    def call(self, name: str, *arguments: LuaValue, budget: int = 500_000_000) -> Any:
        self._number += 1
        values = self._taken(self._machine.call(self._number, name, arguments, budget))
        return values[0] if values else None

    def _taken(self, message: dict[str, Any]) -> list[LuaValue]:
        self.notes += message.get("notes", [])
        if message["t"] != "done":
            raise Raised(message.get("m", message))
        values: list[LuaValue] = message["v"]
        return values
