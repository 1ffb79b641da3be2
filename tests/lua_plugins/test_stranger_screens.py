"""Screens and editors of fields that a stranger wrote for the Go system, in a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from newel.contracts.tui import Action
from newel.testing import FakeTerminal
from newel_lua.harness.site import site
from tests.lua_plugins.driving import STRANGERS

# A site of the harness begins by looking at files.
pytestmark = [pytest.mark.slow, pytest.mark.may_block]
PLUGIN = "dashboard"


@pytest.fixture
async def terminal() -> AsyncIterator[FakeTerminal]:
    async with site(STRANGERS / PLUGIN, 5.0) as made:
        terminal = FakeTerminal(made.app)
        yield terminal
        await terminal.close()


async def test_screens_and_editors(terminal: FakeTerminal) -> None:
    await _main(terminal)
    await _tasks(terminal)
    await _editors(terminal)


async def _main(terminal: FakeTerminal) -> None:
    await terminal.open(PLUGIN, "main")
    for seen in ("Tasks", "Site", "Open tasks", "80 columns", "one", "#####-----", "nothing was fetched", "done"):
        assert seen in terminal.text, seen
    await terminal.press("j", "down", "k", "up", "?")
    await terminal.resize(120, 40)
    assert "120 columns" in terminal.text
    await terminal.press("q")
    assert terminal.over
    await terminal.open(PLUGIN, "main")
    await terminal.press("x")
    assert terminal.over
    await terminal.open(PLUGIN, "main")
    await terminal.press("f")
    assert "numbers failed" in terminal.text  # `fetch` is of a table; what this one wants nobody wrote down
    await terminal.press("r")
    assert "outside failed" in terminal.text


async def _tasks(terminal: FakeTerminal) -> None:
    await terminal.open(PLUGIN, "main")
    await terminal.press("enter")  # navigates
    assert "[ ] Water the plants" in terminal.text
    assert "What is to be done?" in terminal.text
    await terminal.press(*"Tea", "enter")
    assert [one.message for one in terminal.toasts] == ["Task added"]
    assert "[ ] Tea" in terminal.text
    await terminal.press("down", "space")
    assert "[x] Tea" in terminal.text
    await terminal.press("ctrl+d")
    assert terminal.dialog is not None
    assert terminal.dialog.message == "Tea"
    await terminal.accept(False)
    assert "Tea" in terminal.text
    await terminal.press("ctrl+d")
    await terminal.accept()
    assert "Tea" not in terminal.text
    await terminal.press("esc")
    assert terminal.over


async def _editors(terminal: FakeTerminal) -> None:
    await terminal.edit(PLUGIN, "color", "#123456")
    assert "## #123456" in terminal.text
    await terminal.press("right", "right", "enter")
    assert (terminal.value, terminal.over) == ("#00ff00", True)
    await terminal.edit(PLUGIN, "color", None, palette=["#aaaaaa"])
    await terminal.press("right", "esc")
    assert terminal.over
    assert type(terminal.ended).__name__ == "Cancel"
    await terminal.edit(PLUGIN, "place", '{"lat": 1, "lon": 2}')
    await terminal.press("up", "right", "enter")
    assert isinstance(terminal.ended, Action)
    assert terminal.value == '{"lat":2,"lon":3}'
