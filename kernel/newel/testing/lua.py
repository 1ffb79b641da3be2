"""Tests of plugins in Lua, as tests of pytest."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_ran: dict[Path, dict[tuple[str, str], Any]] = {}


def lua_tests(folder: Path) -> Callable[..., None]:
    """A test function for each test of a plugin: ``test_redirects = lua_tests(ROOT / "redirects")``.

    The first of them that runs lets all of the plugin's tests run, on one site; each then tells of its own.
    """
    # A plugin like any other, so it is imported only where a test asks for it.
    harness: Any = importlib.import_module("newel_lua.harness")
    cases = harness.names_in(folder)

    async def run() -> dict[tuple[str, str], Any]:
        return {(one.file, one.test): one async for one in harness.results(folder)}

    @pytest.mark.may_block  # it serves nobody: a run reads files and makes a folder
    @pytest.mark.parametrize(("file", "name"), cases, ids=[f"{file}-{name}" for file, name in cases])
    def test_in_lua(file: str, name: str) -> None:
        if folder not in _ran:
            _ran[folder] = asyncio.run(run())
        result = _ran[folder].get((file, name))
        assert result is not None, f"test/{file} defines {name} twice, or not at all"
        told = [f"test/{file}:{one.line}: {one.message}" for one in result.failures]
        assert result.passed, "\n".join(told)

    return test_in_lua
