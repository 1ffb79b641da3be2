"""The screens that plugins offer now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from logging import Logger
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from newel import Permission
from newel.contracts import tui
from newel_lua.faults import CallFailed
from newel_lua.host.session import Session
from newel_lua.model import Run
from newel_lua.screens.session import TARGET, LuaScreen, refusal

if TYPE_CHECKING:
    from newel import Call


USE = Permission("lua.screens", "Open the screens of plugins in Lua.", roles=("editor",))
"""What a screen does it does with the rights of its plugin."""


@frozen(kw_only=True)
class Offer:
    """An approved screen or field interface of a plugin that runs."""

    plugin: str
    what: str
    """``screen`` or ``interface``."""
    name: str
    label: str = ""
    icon: str = ""
    hidden: bool = False
    mode: tui.Mode = "inline"
    types: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """The file, and the function in it."""
        return f"{self.what}s/{self.name}.lua", self.what


class Stage(Protocol):
    """Those who run plugins, as screens need them."""

    def offers(self) -> Iterable[Offer]:
        """What may be opened now. Quick."""

    async def open(self, offer: Offer, target: str, call: Call) -> tuple[Session, Run]:
        """A session of the plugin's code as it is now, which holds that code until it is closed. Raises
        ``CallFailed``: ``Busy`` at once where all places are taken."""


class LuaScreens:
    """Keeps ``ScreenSource``."""

    def __init__(self, stage: Stage, log: Logger) -> None:
        self._stage = stage
        self._log = log

    def screens(self) -> Sequence[tui.Screen]:
        return [self._screen(one) for one in self._stage.offers() if one.what == "screen"]

    def interfaces(self) -> Sequence[tui.FieldInterface]:
        return [self._interface(one) for one in self._stage.offers() if one.what == "interface"]

    def _screen(self, offer: Offer) -> tui.Screen:
        async def begin(call: Call, params: Mapping[str, Any]) -> LuaScreen:
            return await self._open(offer, call)

        return tui.Screen(
            name=offer.name, label=offer.label or offer.name, icon=offer.icon, hidden=offer.hidden,
            plugin=offer.plugin, open=begin, needs=USE,
        )  # fmt: skip

    def _interface(self, offer: Offer) -> tui.FieldInterface:
        async def begin(call: Call, value: Any, config: Mapping[str, Any]) -> LuaScreen:
            return await self._open(offer, call)

        return tui.FieldInterface(
            name=offer.name, label=offer.label or offer.name, plugin=offer.plugin, open=begin, mode=offer.mode,
            types=offer.types,
        )  # fmt: skip

    async def _open(self, offer: Offer, call: Call) -> LuaScreen:
        try:
            session, run = await self._stage.open(offer, TARGET, call)
        except CallFailed as error:
            raise refusal(error, offer.plugin, offer.place[0], self._log) from error
        return LuaScreen(session, run, offer.place, self._log)
