"""An application in memory."""

from __future__ import annotations

import asyncio
import importlib
import io
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from newel.app import App
from newel.config import read_layers
from newel.contracts.clock import Clock
from newel.discover import Found, explicit
from newel.manifest import Manifest
from newel.testing.engines import LASTING, SQLITE, current
from newel.testing.off import plugins_off

DATABASE = "database"
CHEAP_HASH = {"argon2_memory_kib": 7168, "argon2_time": 1, "argon2_lanes": 1}
"""The cheapest hash of a password that the configuration allows: a hundredth of what a site pays."""
_open: WeakKeyDictionary[asyncio.AbstractEventLoop, int] = WeakKeyDictionary()
"""How many applications of ``make_app`` run in a loop."""


def builtin(*names: str) -> list[Manifest]:
    """Manifests of plugins that ship with Newel, by name; ``database`` is the engine that the tests run on."""
    names = tuple(current.engine.plugin if name == DATABASE else name for name in names)
    return [importlib.import_module(f"newel_{name}").manifest for name in names]


def build_app(
    plugins: Iterable[Manifest | str] = (),
    config: Mapping[str, Any] | None = None,
    *,
    others: Iterable[Manifest] = (),
    more: Iterable[Found] = (),
    folder: Path,
    clock: Clock | None = None,
    environment: Mapping[str, str] | None = None,
    strict: bool = False,
    log: io.StringIO | None = None,
) -> App:
    """Boots as far as *checked*. ``plugins`` count as built in (their failure stops the boot), ``others`` do not.

    In a run without some plugins (``newel.testing.without``) those names and their sections are left out.
    """
    off = plugins_off()
    plugins = [one for one in plugins if isinstance(one, Manifest) or one not in off]
    ours = [one if isinstance(one, Manifest) else builtin(one)[0] for one in plugins]
    found: list[Found] = [*explicit(ours), *explicit(others, builtin=False), *more]
    sections = {section for one in ours for section in one.sections}
    given: dict[str, Any] = {name: dict(value) for name, value in (config or {}).items() if name not in off}
    if "database" in sections:
        given.setdefault("database", {"url": current.engine.make() if DATABASE in plugins else SQLITE.make()})
    if given.get("database") == LASTING["database"]:
        given["database"] = {"url": current.engine.lasting(folder)}
    if any(one.name == "http" for one in ours):
        given.setdefault("http", {}).setdefault("port", 0)
    if any(one.name == "ssh" for one in ours):
        given.setdefault("ssh", {}).setdefault("port", 0)
    if any(one.name == "accounts" for one in ours):
        given["accounts"] = CHEAP_HASH | given.get("accounts", {})
    if optional := [one.name for one in ours if one.optional]:  # named here is asked for
        given.setdefault("plugins", {}).setdefault("enable", optional)
    given.setdefault("log", {"level": "debug"})
    layers = read_layers(None, environment or {}, given=given)
    return App.build(
        folder,
        found,
        layers,
        clock=clock,
        environment=environment or {},
        strict=strict,
        log_stream=log or io.StringIO(),
    )


@asynccontextmanager
async def make_app(
    plugins: Iterable[Manifest | str] = (),
    config: Mapping[str, Any] | None = None,
    *,
    others: Iterable[Manifest] = (),
    folder: Path | None = None,
    clock: Clock | None = None,
    serving: bool = False,
    environment: Mapping[str, str] | None = None,
    strict: bool = False,
    log: io.StringIO | None = None,
) -> AsyncIterator[App]:
    """A running application: in memory where the configuration does not say otherwise, in a fresh folder.

    ``serving`` opens the doors (HTTP on a free loopback port; see ``Client``). Fails when a task is left over.
    """
    loop = asyncio.get_running_loop()
    before = asyncio.all_tasks()
    _open[loop] = _open.get(loop, 0) + 1
    with tempfile.TemporaryDirectory(prefix="newel-test-") as fresh:
        app = build_app(
            plugins, config, others=others, folder=folder or Path(fresh), clock=clock,
            environment=environment, strict=strict, log=log,
        )  # fmt: skip
        try:
            async with app.running(serving=serving):
                yield app
        finally:
            _open[loop] -= 1
        if sys.exc_info()[0] is None and not _open[loop]:  # of others that run beside it: theirs are no leftovers
            await asyncio.sleep(0)
            left = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
            assert not left, f"tasks left over: {sorted(task.get_name() for task in left)}"
