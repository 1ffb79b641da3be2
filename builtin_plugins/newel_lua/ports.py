"""What the life of plugins needs of the host that runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

from newel_lua.manifest import Limits
from newel_lua.model import LuaValue, Registration, Run, Self


class LoadFailed(Exception):
    """A plugin's code does not load; ``file`` and ``line`` say where, as far as it can be told."""

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line


@frozen(kw_only=True)
class Code:
    """A plugin to load."""

    plugin: Self
    files: Mapping[str, bytes] = field(repr=False)
    limits: Limits = Limits()


class Instance(Protocol):
    """Loaded code."""

    @property
    def info(self) -> Mapping[str, LuaValue]:
        """Its ``plugin_info``; empty where it has none."""

    @property
    def registrations(self) -> Sequence[Registration]:
        """What it registered, in order."""


class Host(Protocol):
    """Runs code in processes of its own."""

    async def load(self, code: Code) -> Instance:
        """Raises ``LoadFailed``."""

    async def inspect(self, code: Code) -> Instance:
        """The same in a machine that is thrown away, where functions of the server do nothing: what the code asks for,
        without its doing anything. Raises ``LoadFailed``."""

    async def call(self, instance: Any, target: int | str, arguments: Sequence[LuaValue], run: Run) -> LuaValue:
        """Calls a registered function, or a global one by its name (``None`` where there is none). Raises
        ``CallFailed``."""

    async def unload(self, instance: Any) -> None:
        """Forgets code; what of it still runs is ended."""
