"""A screen's session: events go to a function in a machine, what it yields comes back as layouts and actions."""

from __future__ import annotations

from logging import Logger
from typing import Any

from newel.contracts import tui
from newel.contracts.layout import Layout
from newel.errors import PluginError, Transient
from newel_lua.faults import Away, Busy, CallFailed, Resting
from newel_lua.host.session import Session
from newel_lua.model import LuaValue, Run
from newel_lua.screens.layouts import Unshowable, action, is_action, layout

TARGET = "@screen"
"""The global function of ``worker/lua/tui.lua`` that runs screens."""


class LuaScreen:
    """Keeps ``ScreenSession``. ``place``: the file, and the function in it."""

    def __init__(self, session: Session, run: Run, place: tuple[str, str], log: Logger) -> None:
        self._session = session
        self._run = run
        self._place = place
        self._log = log
        self._operations = run.operations

    async def start(self, event: tui.Init) -> Layout | tui.Action | None:
        told: dict[str, Any] = {
            "type": "init", "protocol_version": tui.PROTOCOL, "width": event.width, "height": event.height,
            "params": dict(event.params),
        }  # fmt: skip
        if self._place[1] == "interface":
            told |= {"value": event.value, "config": dict(event.config)}
        return await self._told({"path": self._place[0], "entry": self._place[1], "event": told})

    async def send(self, event: tui.Event) -> Layout | tui.Action | None:
        return await self._told(_table(event))

    async def close(self) -> None:
        await self._session.close()

    async def _told(self, event: LuaValue) -> Layout | tui.Action | None:
        self._run.operations = self._operations  # of each event, since a session may last for hours
        try:
            shown = await self._session.send(event)
            if self._session.ended:
                return None
            return action(shown or {}) if is_action(shown) else layout(shown)
        except (CallFailed, Unshowable) as error:
            await self.close()
            raise refusal(error, self._run.plugin.name, self._place[0], self._log) from error


def refusal(error: CallFailed | Unshowable, plugin: str, file: str, log: Logger) -> Exception:
    """What the person at the terminal is told; the log is told all."""
    if isinstance(error, Busy | Resting | Away):
        return Transient(f"the plugin '{plugin}' is busy", code="plugin_busy")
    log.error("a plugin's screen failed", extra={"plugin": plugin, "file": file, "error": str(error)})
    return PluginError(f"the plugin '{plugin}' failed; the log says how", plugin=plugin, hook=file)


def _table(event: tui.Event) -> dict[str, LuaValue]:
    match event:
        case tui.Key(key):
            return {"type": "key", "key": key}
        case tui.Resize():
            return {"type": "resize", "width": event.width, "height": event.height}
        case tui.Chosen() | tui.Done() | tui.Submitted() | tui.Left():  # of views, which Lua has no constructors for
            return {}
        case tui.Data():
            made = {"type": "data", "id": event.id, "ok": event.ok}
            return made | ({"result": event.result} if event.ok else {"error": event.error})
        case tui.Dialog(accepted):
            return {"type": "dialog", "accepted": accepted}
        case tui.Focus(panel):
            return {"type": "focus", "panel": panel}
        case tui.Tick():
            return {"type": "tick"}
