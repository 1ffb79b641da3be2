"""What the life of plugins needs of the host that runs them; ``host.Host`` keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from newel_lua.host.instance import Code
from newel_lua.model import Kind, LuaValue, Registration, Run

MakeRun = Callable[[Kind], Run]
Prepare = Callable[[Any], Awaitable[None]]
"""What is done with an instance between its module scope and ``on_init``."""


class Looked(Protocol):
    """Code, as far as it can be known without running it for real."""

    @property
    def info(self) -> Mapping[str, Any]:
        """Its ``plugin_info``; empty where it has none."""

    @property
    def registrations(self) -> Sequence[Registration]:
        """What it registers, in order."""


class Runs(Protocol):
    """Runs code in processes of its own. Instances are its own affair but for what ``Looked`` says."""

    async def load(self, code: Code, make_run: MakeRun, prepare: Prepare | None = None) -> Any:
        """An instance that passed ``on_init``, and ``prepare`` before it. Raises ``CallFailed``."""

    async def inspect(self, code: Code, make_run: MakeRun) -> Looked:
        """What the code says of itself, from a machine where functions do nothing. Raises ``CallFailed``."""

    async def call(
        self, instance: Any, target: Any, arguments: Sequence[LuaValue], run: Run, *, seconds: float | None = None
    ) -> LuaValue:
        """Calls a registered function, or a global one by its name (``None`` where there is none). Raises
        ``CallFailed``."""

    def unload(self, instance: Any) -> None:
        """Forgets code; what of it still runs ends."""
