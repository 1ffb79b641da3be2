"""Runs the tests of a plugin, one after the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import frozen

from newel.context import SYSTEM
from newel_lua.faults import CallFailed, LuaError
from newel_lua.harness.broken import Broken
from newel_lua.harness.site import Site, site

SUFFIX = ".test.lua"
_TEST = re.compile(r"^\s*(?:function\s+(test_\w+)|(test_\w+)\s*=\s*function)", re.MULTILINE)


@frozen(kw_only=True)
class Failed:
    """Something that was not as it should be. ``error`` is there where the test ended early by it."""

    message: str
    line: int
    error: str | None = None


@frozen(kw_only=True)
class Result:
    """How one test went."""

    file: str
    test: str
    passed: bool
    duration_ms: float
    assertions: int
    failures: tuple[Failed, ...] = ()


def files_of(folder: Path) -> list[Path]:
    """The test files of a plugin."""
    return sorted((folder / "test").glob(f"*{SUFFIX}"))


def names_in(folder: Path) -> list[tuple[str, str]]:
    """Files and tests as their text shows them, without running anything: for those who list tests beforehand."""
    return [
        (file.name, one[1] or one[2])
        for file in files_of(folder)
        for one in _TEST.finditer(file.read_text("utf-8", "replace"))
    ]


async def results(folder: Path, *, wanted: str = "", seconds: float = 5.0) -> AsyncIterator[Result]:
    """Results as they come, of tests with ``wanted`` in their names. ``seconds``: for each test.

    Raises ``Broken``, at once where the plugin does not run, at a file that cannot be read.
    """
    folder, files = _looked_at(folder)
    async with site(folder, seconds) as made:
        for file in files:
            path, text = f"test/{file.name}", await asyncio.to_thread(file.read_bytes)
            for name in await _names(made, path, text):
                if wanted in name:
                    yield await _one(made, path, text, name)


def _looked_at(folder: Path) -> tuple[Path, list[Path]]:
    folder = folder.resolve()
    if not (folder / "init.lua").is_file():
        raise Broken(f"{folder} is no plugin: it has no init.lua")
    return folder, files_of(folder)


async def _names(made: Site, path: str, text: bytes) -> Sequence[str]:
    try:
        found = await _call(made, "@tests", [path, text])
    except CallFailed as error:
        raise Broken(f"{path} does not load: {error}") from None
    return [str(one["name"]) for one in found]


async def _one(made: Site, path: str, text: bytes, name: str) -> Result:
    begun = perf_counter()
    try:
        told: Any = await _call(made, "@test", [path, text, name])
    except CallFailed as error:
        line = error.line if isinstance(error, LuaError) and error.line else 0
        told = {"assertions": 0, "failures": [{"message": str(error), "line": line, "error": str(error)}]}
    took = (perf_counter() - begun) * 1000
    failures = tuple(
        Failed(message=str(one["message"]), line=int(one["line"]), error=one.get("error")) for one in told["failures"]
    )
    if failures:
        failures += tuple(Failed(message=f"the site said: {line}", line=0) for line in made.said.lines[:5])
    await made.reset()
    return Result(
        file=path.removeprefix("test/"), test=name, passed=not failures, duration_ms=round(took, 1),
        assertions=int(told["assertions"]), failures=failures,
    )  # fmt: skip


async def _call(made: Site, target: str, arguments: Sequence[Any]) -> Any:
    registry = made.lua.life.registry
    with registry.using(made.name) as generation:
        return await registry.call(generation, target, arguments, "test", made.app.call(SYSTEM, "test"))
