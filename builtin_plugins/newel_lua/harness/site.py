"""A site in memory, with one plugin that runs and has all that it asks for."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, evolve

from newel.app import App
from newel.context import SYSTEM
from newel.contracts.database import Database
from newel.testing import Client, FakeClock, FakeTerminal, make_app
from newel_lua import manifest
from newel_lua.generation import Plugin
from newel_lua.harness.broken import Broken
from newel_lua.harness.outside import Outside
from newel_lua.harness.plugin import TestedLua
from newel_lua.harness.resetting import Baseline

PLUGINS = (
    "sqlite", "migrations", "accounts", "audit", "jobs", "idempotency", "content", "delivery", "blobs_local", "media",
    "http",
)  # fmt: skip
MINUTE = 61.0
SETTINGS = "settings.toml"
"""In ``test/``: what is set for the plugin before its tests begin."""


class Said(logging.Handler):
    """What went wrong inside of the site: routes that failed, hooks that raised."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    @classmethod
    def of(cls, app: App) -> Said:
        made = cls()
        app.log.addHandler(made)
        return made

    def emit(self, record: logging.LogRecord) -> None:
        told = [str(found) for name in ("error", "cause") if (found := getattr(record, name, None))]
        self.lines.append(": ".join([record.getMessage(), *told])[:1000])


@define(eq=False)
class Site:
    """What tests of a plugin act on."""

    app: App
    name: str
    client: Client
    clock: FakeClock
    tokens: dict[str, str]
    outside: Outside
    baseline: Baseline
    lua: TestedLua
    said: Said
    terminal: FakeTerminal | None = None

    @property
    def plugin(self) -> Plugin:
        return self.lua.life.registry.plugins[self.name]

    async def reset(self) -> None:
        """As it was before the first test, but for what Lua keeps in variables."""
        await self.app.settle()
        if self.terminal is not None:
            await self.terminal.close()
            self.terminal = None
        plugin = self.plugin
        plugin.breaker.reset()
        if plugin.live is not None:
            plugin.live.grant(plugin.decided)
        if self.outside.requests:  # how often one may call, and who has failed, counts for a minute
            await self.clock.jump(MINUTE)
            await self.app.settle()
        self.outside.rules.clear()
        self.outside.requests.clear()
        self.said.lines.clear()
        await self.baseline.restore()


@asynccontextmanager
async def site(folder: Path, seconds: float) -> AsyncIterator[Site]:
    """Raises ``Broken``."""
    clock = FakeClock()
    lua = evolve(manifest, load="newel_lua.harness.plugin:TestedLua")
    config = {
        "lua": {
            "folder": str(folder.parent), "shipped": False, "watch": False, "seconds": seconds,
            "requests_per_second": 1_000_000,
        },
        "log": {"level": "warning"},
        # Nobody's password is worth a second here.
        "accounts": {"argon2_memory_kib": 7168, "argon2_time": 1, "argon2_lanes": 1},
    }  # fmt: skip
    async with make_app([*PLUGINS, Outside.manifest, lua], config, clock=clock, serving=True) as app:
        tested: Any = app.plugins["lua"]
        outside: Any = app.plugins["outside"]
        tokens = {role: await _token(app, role) for role in ("admin", "viewer")}
        await _started(app, tested, folder.name, folder)
        async with Client.of(app) as client:
            made = Site(
                app, folder.name, client, clock, tokens, outside, Baseline(app.need(Database)), tested, Said.of(app)
            )
            tested.test.site = made
            await app.settle()
            await made.baseline.take()
            yield made


async def _token(app: App, role: str) -> str:
    call = app.call(SYSTEM, "cli")
    user = await app.operations.run("users.create", {"email": f"{role}@example.org", "role": role}, call)
    token = await app.operations.run("tokens.create", {"label": "tests", "user": user.id}, app.call(SYSTEM, "cli"))
    return str(token.token.reveal())


async def _started(app: App, lua: TestedLua, name: str, folder: Path | None, above: tuple[str, ...] = ()) -> None:
    """Enables a plugin with everything approved, and those that it depends on first."""
    order: dict[str, Any] = {"name": name}
    try:
        await app.operations.run("lua.approve", {**order, "all": True}, app.call(SYSTEM, "cli"))
        if folder is not None and (values := _settings(folder / "test" / SETTINGS)):
            await app.operations.run("lua.set", {**order, "settings": values}, app.call(SYSTEM, "cli"))
        await app.operations.run("lua.enable", order, app.call(SYSTEM, "cli"))
    except Exception as error:
        if hasattr(error, "detail"):
            raise Broken(str(error)) from error
        raise
    await lua.life.settled()
    plugin = lua.life.registry.plugins[name]
    for other in plugin.dependencies:
        if other not in above:
            await _started(app, lua, other, None, (*above, name))
    await lua.life.settled()
    if not plugin.running:
        raise Broken(f"the plugin '{name}' does not run: {plugin.reason}")


def _settings(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Broken(f"test/{SETTINGS}: {error}") from None
