"""The plugins in Lua of the handbook pass the tests that stand beside them on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.pages import recipes, write

from newel_lua.harness import results

# The harness has a loop of its own, in which nobody is served.
pytestmark = pytest.mark.may_block
LUA = {title: files for title, files in recipes("cookbook.md").items() if any(path.endswith(".lua") for path in files)}
TUTORIAL = {path: code for files in recipes("tutorial-lua.md").values() for path, code in files.items()}


@pytest.mark.parametrize("title", LUA)
async def test_a_recipe(title: str, tmp_path: Path) -> None:
    await passes(LUA[title], tmp_path)


async def test_the_tutorial(tmp_path: Path) -> None:
    await passes(TUTORIAL, tmp_path)


async def passes(files: dict[str, str], folder: Path) -> None:
    write(files, folder)
    (plugin,) = (folder / "plugins" / "lua").iterdir()
    found = [one async for one in results(plugin)]
    assert found
    assert not [(one.test, one.failures) for one in found if not one.passed]
