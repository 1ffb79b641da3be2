"""The screen of redirects, as a person at the terminal admin has it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from newel.testing import FakeClock, actor
from newel_lua.harness.site import site
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway.local import Catalogue, LocalGateway
from tests.builtin_plugins.tui.support import At, Someone

pytestmark = pytest.mark.may_block  # a site for tests is made in the loop that it runs in
PLUGINS = Path(__file__).parents[2] / "lua_plugins"


def test_redirects_are_added_searched_switched_and_deleted() -> None:
    asyncio.run(_redirects())


async def _redirects() -> None:
    async with site(PLUGINS / "redirects", 10.0) as made:
        someone = Someone(actor("admin"))
        gateway = LocalGateway(made.app, Catalogue(made.app), someone)
        desk = Desk(gateway, TuiConfig(home="redirects/main"), FakeClock(), lambda: None, made.app.log)
        at = At(desk, someone)
        try:
            desk.start(desk.begin())
            await desk.settle()
            await _used(at)
        finally:
            await desk.close()


async def _used(at: At) -> None:
    assert "Redirects (0)" in at.text
    assert "/ search" in at.lines[-1]
    assert "/nw▏" in await at.press("n", *"/old", "tab", *"/nw")
    assert "/n▏" in await at.press("backspace")
    await at.press(*"ew", "enter")
    assert "Redirects (1)" in at.text
    row = next(line for line in at.lines if "/old" in line)
    assert row.startswith("│> on")
    assert row.split()[2:6] == ["exact", "/old", "/new", "301"]
    assert "> off" in await at.press(" ")
    assert "zzz▏" in await at.press("/", *"zzz")
    assert "/old" in await at.press("esc")
    at.desk.press("d")
    await at.desk.settle()
    assert "Delete /old?" in at.text
    await at.press("y")
    assert "Redirects (0)" in at.text
    assert at.said == ["/old is deleted"]
