"""What was called: hook calls, recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from newel.app import App


@frozen
class HookCall:
    hook: str
    plugin: str
    subject: Any


class HookCalls:
    """Records every hook call of an application from its making on."""

    def __init__(self, app: App) -> None:
        self.all: list[HookCall] = []
        app.hooks.observers.append(self._note)

    def _note(self, hook: str, plugin: str, seconds: float, subject: Any) -> None:
        self.all.append(HookCall(hook, plugin, subject))

    def of(self, spec: Callable[..., Any] | str, plugin: str | None = None) -> list[Any]:
        """The subjects of one hook's calls, in order (of one plugin's implementation, where given)."""
        name = spec if isinstance(spec, str) else spec.__name__
        return [call.subject for call in self.all if call.hook == name and plugin in (None, call.plugin)]
