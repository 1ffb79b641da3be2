"""A hook of a plugin, and who calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define

from newel_lua.model import Kind, LuaValue, Registration

if TYPE_CHECKING:
    from newel import Call
    from newel_lua.faults import CallFailed

ENTRIES, FIELDS, MEDIA, ANY = "content_data", "content_fields", "media", "*"
"""Tables that hooks are on, beside content types by their names."""
DEFAULT_PRIORITY = 100


@define(eq=False, kw_only=True)
class LuaHook:
    """One registration of ``hooks.on`` that an admin approved. A plugin that is loaded anew has new ones."""

    plugin: str
    event: str
    table: str
    priority: int = DEFAULT_PRIORITY
    handle: Any = None
    """What the caller knows it by."""
    aborts: int = 0
    """Failures in a row."""
    off: bool = False
    """Whether it failed so often that it is not called any more."""

    @classmethod
    def of(cls, plugin: str, registration: Registration, handle: Any = None) -> LuaHook:
        told = registration.details
        return cls(
            plugin=plugin, event=str(told["event"]), table=str(told["table"]), handle=handle,
            priority=int(told.get("priority") or DEFAULT_PRIORITY),
        )  # fmt: skip


class Caller(Protocol):
    """Runs hooks in the machines of their plugins."""

    def hooks_for(self, event: str) -> Sequence[LuaHook]:
        """The approved hooks of running plugins, in order of plugin and registration. Quick: asked at every act.

        The same objects each time, for as long as the plugin is loaded: they count.
        """

    async def call(
        self, hook: LuaHook, arguments: Sequence[LuaValue], kind: Kind, call: Call, *, seconds: float
    ) -> LuaValue:
        """The function's first value. Raises ``CallFailed``. A failure is the hook's own: it does not count among
        those of the plugin's routes."""

    def failed(self, hook: LuaHook, error: CallFailed) -> None:
        """A hook failed: to be logged with file and line, counted and shown. ``hook.off``: it is switched off now."""
