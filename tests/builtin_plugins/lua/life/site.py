"""A site whose plugins are JSON in the place of Lua: what they register and answer, and how they fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import Factory, define

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.guests import Guests
from newel.contracts.migrations import Migrations
from newel.testing import FakeClock, actor
from newel_lua.config import LuaConfig
from newel_lua.faults import Away, LuaError, TimedOut
from newel_lua.host.instance import Code
from newel_lua.life import Life
from newel_lua.model import Registration, Run

HOOK = 1000
"""The number of every hook's function."""


@define(eq=False)
class Loaded:
    """An instance of ``FakeHost``."""

    name: str
    says: dict[str, Any]
    info: dict[str, Any]
    registrations: tuple[Registration, ...]
    unloaded: bool = False


@define
class FakeHost:
    """Runs plugins that are JSON: ``{"info": {}, "routes": {"GET /x": "answer"}, "hooks": [], "domains": [],
    "error": "init.lua:3: no", "init_error": ""}``. A route that answers ``"wait"`` waits for ``gate``;
    so does a ``slow`` plugin before it runs. ``answer`` is that of its hooks."""

    loaded: list[Loaded] = Factory(list)
    inspected: list[str] = Factory(list)
    told: list[tuple[str, str]] = Factory(list)
    """Calls of ``on_init`` and ``on_shutdown``, with the plugin's version."""
    full: bool = False
    """No process can be started."""
    slow: int = 0
    """Looks that take too long."""
    gate: asyncio.Event = Factory(asyncio.Event)

    async def inspect(self, code: Code, make_run: Any) -> Loaded:
        self.inspected.append(code.name)
        if self.slow:
            self.slow -= 1
            raise TimedOut("loading it took more than 2 s")
        return self._read(code)

    async def load(self, code: Code, make_run: Any, prepare: Any = None) -> Loaded:
        if self.full:
            raise Away("no Lua worker starts: no memory")
        made = self._read(code)
        run: Run = make_run("init")
        if made.says.get("slow"):
            await self.gate.wait()
        if text := made.says.get("init_error"):
            raise LuaError(text)
        self.told.append((f"init {run.plugin.name}", run.plugin.version))
        self.loaded.append(made)
        return made

    async def call(
        self, instance: Loaded, target: Any, arguments: Sequence[Any], run: Run, *, seconds: float | None = None
    ) -> Any:
        assert not instance.unloaded, "called after it was unloaded"
        if target == "on_shutdown":
            self.told.append((f"shutdown {instance.name}", run.plugin.version))
            return None
        answer = instance.says.get("answer")
        if target < HOOK:
            answer = list(instance.says["routes"].values())[target - 1]
        if answer == "wait":
            await self.gate.wait()
        if answer == "fail":
            raise LuaError("init.lua:7: no luck")
        return answer

    def unload(self, instance: Loaded) -> None:
        instance.unloaded = True

    def _read(self, code: Code) -> Loaded:
        says = json.loads(code.files["init.lua"])
        if text := says.get("error"):
            raise LuaError(text)
        return Loaded(code.name, says, says.get("info", {}), tuple(_registered(says)))


def _registered(says: dict[str, Any]) -> list[Registration]:
    found = []
    for number, name in enumerate(says.get("routes", {}), 1):
        method, path, *rest = name.split()
        details = {"method": method, "path": path, "public": rest == ["public"]}
        found.append(Registration(what="route", id=number, details=details))
    for name in says.get("hooks", ()):
        event, table = name.split()
        found.append(Registration(what="hook", id=HOOK, details={"event": event, "table": table}))
    found += [Registration(what="domain", id=0, details={"domain": one}) for one in says.get("domains", ())]
    return found


class LifePlugin:
    """Enough of the plugin ``lua`` for what is tested here."""

    manifest = Manifest(
        name="lua", summary="Lua, for tests.", load=f"{__name__}:LifePlugin", config=LuaConfig,
        needs=(Database, Migrations), provides=(Guests,), commands={"lua": "Plugins."},
    )  # fmt: skip

    serves = True

    def __init__(self, app: App, config: LuaConfig) -> None:
        self.app = app
        self.host = FakeHost()
        self.life = Life(app, config, self.host)

    @hookimpl
    def register_migrations(self) -> Any:
        return self.life.migrations()

    @hookimpl
    def register_operations(self) -> Any:
        return self.life.operations()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.app.need(Migrations)
        async with self.life.running(self.app.need(Database), serving=self.serves):
            yield


@define
class Site:
    """A running site, and its folder of plugins."""

    app: App
    clock: FakeClock
    folder: Path

    @property
    def life(self) -> Life:
        return self.app.plugins["lua"].life  # type: ignore[attr-defined]  # the plugin above

    @property
    def host(self) -> FakeHost:
        return self.app.plugins["lua"].host  # type: ignore[attr-defined]  # the plugin above

    def write(self, name: str = "a", version: str = "1.0", toml: str | None = None, **says: Any) -> Path:
        return write(self.folder, name, version, toml, **says)

    async def run(self, operation: str, name: str = "a", /, who: Any = None, **order: Any) -> Any:
        """Runs an operation on a plugin as an admin, and waits until it is done here."""
        call = self.app.call(who or actor("admin"), "test")
        answer = await self.app.operations.run(operation, {"name": name, **order}, call)
        await self.life.settled()
        return answer

    async def info(self, name: str = "a") -> Any:
        return await self.app.operations.run("lua.get", {"name": name}, self.app.call(actor("admin"), "test"))

    async def start(self, name: str = "a") -> None:
        """Enables a plugin with everything that it asks for."""
        await self.run("lua.approve", name, all=True)
        await self.run("lua.enable", name)


def write(folder: Path, name: str, version: str = "1.0", toml: str | None = None, **says: Any) -> Path:
    """A plugin's files. Blocking, but small."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    info = {"name": name, "version": version, "description": "For tests.", **says.pop("info", {})}
    (place / "init.lua").write_text(json.dumps({"info": info, **says}))
    if toml is not None:
        (place / "plugin.toml").write_text(toml)
    return place
