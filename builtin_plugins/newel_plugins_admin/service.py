"""The operations: a plugin is switched in this process where that is safe, and in newel.toml for every start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from newel import Call, Conflict, NotFound, operation, tomlfile
from newel.config import FILE, did_you_mean
from newel.contracts.audit import Audit
from newel.discover import manifest_of
from newel.errors import NeedsRestart
from newel_plugins_admin.model import (
    PluginDetails,
    PluginFailure,
    PluginHealth,
    PluginName,
    PluginState,
    PluginSwitched,
)
from newel_plugins_admin.permissions import PLUGINS_MANAGE, PLUGINS_READ

if TYPE_CHECKING:
    from newel.app import App
    from newel.failures import Failure


class Plugins:
    """Reads and switches the plugins of an application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    # -- looking --------------------------------------------------------------------------------------------------

    @operation("plugins.list", needs=PLUGINS_READ, http="GET /site/plugins", command=False)
    async def all(self, call: Call) -> list[PluginState]:
        """Lists the plugins that are there: those that run in the order of their start, then the others by name."""
        app = self._app
        return [self._state(name) for name in [*app.plugins, *sorted(set(app.found) - set(app.plugins))]]

    @operation("plugins.get", needs=PLUGINS_READ, http="GET /site/plugins/{name}", command=False)
    async def one(self, call: Call, which: PluginName) -> PluginDetails:
        """Shows one plugin: its contracts, hooks, operations, failures and health."""
        app, name = self._app, self._known(which.name)
        state = self._state(name)
        manifest = app.manifests.get(name)
        return PluginDetails(
            name=name, state=state.state, why=state.why, origin=state.origin, summary=state.summary,
            version=state.version, note=state.note,
            needs=[one.__name__ for one in manifest.needs] if manifest else [],
            wants=[one.__name__ for one in manifest.wants] if manifest else [],
            provides=[one.__name__ for one in manifest.offered()] if manifest else [],
            hooks=sorted(app.hooks.of(name)),
            operations=sorted(one.name for one in app.operations if one.owner == name),
            failures=[PluginFailure(stage=one.stage, cause=one.cause, remedy=one.remedy) for one in self._failed(name)],
            health=[
                PluginHealth(hook=hook, failures=health.total_failures, paused=round(app.hooks.paused(plugin, hook)))
                for (plugin, hook), health in sorted(app.hooks.health().items())
                if plugin == name
            ],
            deprecations=[one.deprecated.told(one.what) for one in app.uses.all if one.plugin == name],
            troubles=[f"{one.stage}: {one.cause} ({one.remedy})" for one in self._failed(name)],
            breakers=[_fares(hook, health.total_failures, app.hooks.paused(plugin, hook))
                      for (plugin, hook), health in sorted(app.hooks.health().items()) if plugin == name],
            restart=self._obstacle(name),
        )  # fmt: skip

    def _known(self, name: str) -> str:
        if name not in self._app.found:
            raise NotFound(f"there is no plugin '{name}'{did_you_mean(name, self._app.found)}")
        return name

    def _failed(self, name: str) -> list[Failure]:
        return [one for one in self._app.failures if one.plugin == name]

    def _state(self, name: str) -> PluginState:
        app = self._app
        manifest, failures = app.manifests.get(name), self._failed(name)
        state, why = ("on", "") if name in app.plugins else ("off", app.disabled.get(name, ""))
        if failures and state == "off":
            state, why = "failed", f"at {failures[-1].stage}: {failures[-1].cause}"
        return PluginState(
            name=name, state=state, why=why, origin=app.found[name].origin,
            summary=manifest.summary if manifest else "", version=manifest.version if manifest else "",
            note=why or (manifest.summary if manifest else ""),
        )  # fmt: skip

    def _obstacle(self, name: str) -> str:
        return self._app.switching.obstacle(name) if name in self._app.plugins else ""

    # -- switching ------------------------------------------------------------------------------------------------

    @operation(
        "plugins.enable", needs=PLUGINS_MANAGE, http="POST /site/plugins/{name}/enable", effect="write", alone=True,
        command=False,
    )  # fmt: skip
    async def enable(self, call: Call, which: PluginName) -> PluginSwitched:
        """Switches a plugin on: now where that is safe, else from the next start on; `restart` says why.

        One that fails stays off, and everything stays as it was.
        """
        return await self._switched(call, which.name, on=True)

    @operation(
        "plugins.disable", needs=PLUGINS_MANAGE, http="POST /site/plugins/{name}/disable", effect="write", alone=True,
        command=False,
    )  # fmt: skip
    async def disable(self, call: Call, which: PluginName) -> PluginSwitched:
        """Switches a plugin off: now where that is safe, when the calls inside it have ended; else from the next start.

        Refused for a plugin that another one needs.
        """
        return await self._switched(call, which.name, on=False)

    async def _switched(self, call: Call, name: str, *, on: bool) -> PluginSwitched:
        """The file comes first: what runs must not be other than what the next start makes."""
        app, file = self._app, self._app.folder / FILE
        self._known(name)
        if not on:
            self._unneeded(name)
        async with self._turn:
            optional = on and await self._optional(name)
            before = await asyncio.to_thread(tomlfile.switch, file, name, on=on, optional=optional)
            restart = ""
            try:
                await (app.enable(name) if on else app.disable(name))
            except NeedsRestart as error:
                restart = error.detail
            except BaseException:
                await asyncio.to_thread(tomlfile.write, file, before)
                raise
        audit = app.find(Audit)
        if audit is not None:
            await audit.note(call, f"plugins.{'enable' if on else 'disable'}", "done", f"{name}; {restart or 'live'}")
        return PluginSwitched(name=name, on=on, live=not restart, restart=restart)

    def _unneeded(self, name: str) -> None:
        """Raises ``Conflict`` where the site could not start without it."""
        app = self._app
        manifest = app.manifests.get(name)
        for contract in manifest.offered() if manifest is not None else ():
            users = [one.name for one in app.manifests.values() if contract in one.needs and one.name != name]
            if users:
                raise Conflict(
                    f"cannot disable {name}: {users[0]} needs {contract.__name__}; disable {users[0]} first",
                    extra={"needed_by": users},
                )

    async def _optional(self, name: str) -> bool:
        try:
            return (await asyncio.to_thread(manifest_of, self._app.found[name], version=False)).optional
        except Exception:  # noqa: BLE001 - it is foreign code; switching it on tells what is wrong
            return False


def _fares(hook: str, failures: int, paused: float) -> str:
    return f"{hook}: {failures} failures" + (f", paused for {paused:.0f} s more" if paused > 0 else "")
