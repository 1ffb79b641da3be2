"""How the plugins in Lua fare, for those who look after the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from newel.contracts.site import Finding, HealthCheck, Metric

if TYPE_CHECKING:
    from newel_lua.registry import Registry


class Well:
    """A check, and figures."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def checks(self) -> Sequence[HealthCheck]:
        return (HealthCheck(name="lua.plugins", summary="Plugins in Lua", look=self.look),)

    def metrics(self) -> Sequence[Metric]:
        return (Metric(name="lua_plugins", label="state", summary="Plugins in Lua, by state.", read=self.states),)

    async def look(self) -> Finding:
        plugins = self._registry.plugins.values()
        failed = sorted(one.name for one in plugins if one.state == "failed")
        resting = sorted(one.name for one in plugins if one.live is not None and one.breaker.state == "open")
        if failed or resting:
            told = [f"failed: {', '.join(failed)}"] if failed else []
            told += [f"resting after errors: {', '.join(resting)}"] if resting else []
            return Finding(state="warning", detail="; ".join(told), remedy="See why: newel lua info NAME")
        sentence = f"{sum(one.live is not None for one in plugins)} run"
        waiting = sorted(one.name for one in plugins if one.live is not None and one.live.waiting)
        if waiting:  # an admin may mean it so
            sentence += f"; not all that they ask for is approved: {', '.join(waiting)} (newel lua info NAME)"
        return Finding(detail=sentence)

    def states(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for one in self._registry.plugins.values():
            found[one.state] = found.get(one.state, 0) + 1
        return found
