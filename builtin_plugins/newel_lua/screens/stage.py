"""Screens of the plugins that run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from newel.contracts.tui import Mode
from newel_lua.faults import Away
from newel_lua.host.host import Host
from newel_lua.host.session import Session
from newel_lua.model import Run
from newel_lua.registry import Registry
from newel_lua.request import Item
from newel_lua.screens.source import Offer

if TYPE_CHECKING:
    from newel import Call


class Staged:
    """Keeps ``Stage`` over the registry."""

    def __init__(self, registry: Registry, host: Host) -> None:
        self._registry = registry
        self._host = host

    def offers(self) -> Iterable[Offer]:
        for name, plugin in self._registry.plugins.items():
            if plugin.live is None:
                continue
            manifest, granted = plugin.live.examined.manifest, plugin.live.granted
            for one in manifest.screens:
                if Item("screen", one.name) in granted:
                    yield Offer(
                        plugin=name, what="screen", name=one.name, label=one.label, icon=one.icon, hidden=one.hidden
                    )
            for each in manifest.interfaces:
                if Item("interface", each.name, each.terms) in granted:
                    mode: Mode = "overlay" if each.mode == "overlay" else "inline"
                    yield Offer(
                        plugin=name, what="interface", name=each.name, label=each.label, mode=mode, types=each.types
                    )

    async def open(self, offer: Offer, target: str, call: Call) -> tuple[Session, Run]:
        plugin = self._registry.plugins.get(offer.plugin)
        if plugin is None or plugin.live is None:
            raise Away(f"the plugin '{offer.plugin}' is not running")
        generation = plugin.live
        run = self._registry.run(generation, "screen", call)
        session = await self._host.open(generation.instance, target, run)
        run.stack.enter_context(generation.using())
        return session, run
