"""The screens of the site at a desk of 80 by 24: home, health, a changed setting, plugins that are switched."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builtin_plugins.site.guest import Guest
from tests.builtin_plugins.tui.support import Site, site

from newel.config import read_layers
from newel.testing import FakeClock, actor
from newel_tui.config import TuiConfig

pytestmark = [pytest.mark.needs_plugin("site", "plugins_admin"), pytest.mark.engines("sqlite")]
GIVEN = {"database": {"url": "sqlite:///:memory:"}}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Site]:
    file = tmp_path / "newel.toml"
    file.write_text('[guest]\nword = "hello" # said first\n', "utf-8")
    plugins = ["database", "migrations", "site", "plugins_admin"]
    async with site(
        *plugins, folder=tmp_path, clock=FakeClock(), others=[Guest.manifest], config=GIVEN, serving=True
    ) as made:
        made.app.reread = lambda other: read_layers(other or file, {}, given=GIVEN)
        await made.app.switching.reconfigure("guest")
        yield made


async def test_home_fits_and_leads_on(house: Site) -> None:
    at = await house.desk(config=TuiConfig(home="site/home"))
    assert "── Health ──" in at.text
    assert "! no backup plugin" in at.text
    assert all(len(line) <= 80 for line in at.lines)
    assert "guest.broken" in await at.press("w")
    told = await at.press("enter")
    assert "Plugin" in told
    assert "the check itself failed: RuntimeError" in told
    assert "── Health ──" in await at.press("esc", "esc")


async def test_a_viewers_home(house: Site) -> None:
    at = await house.desk(actor("vera", "site.read"), config=TuiConfig(home="site/home"))
    assert "vera" in at.text
    assert "Health" not in at.text
    assert await at.press("w") == at.text, "the key leads nowhere"


async def test_a_setting_is_changed(house: Site) -> None:
    at = await house.desk(config=TuiConfig(home="site/config"))
    await at.press("/")
    await at.type("guest.word")
    assert "guest.word" in await at.press("enter")
    assert "guest.times" not in at.text
    assert "What it says." in await at.press("e")
    await at.type(" you")
    await at.press("ctrl+s")
    assert at.said == ['guest.word is "hello you" now']
    text = (house.app.folder / "newel.toml").read_text("utf-8")
    assert tomllib.loads(text)["guest"]["word"] == "hello you"
    assert "# said first" in text
    assert '"hello you"' in at.text, "the list is read again"


async def test_a_plugin_is_switched_off_and_on(house: Site) -> None:
    at = await house.desk(config=TuiConfig(home="plugins_admin/main"))
    await at.press("G")
    assert "guest" in next(line for line in at.lines if line.lstrip().startswith(">"))
    await at.press("d")
    assert "Switch this plugin off?" in at.text
    await at.press("y")
    assert "guest" not in house.app.plugins
    await at.press("esc", "G")
    assert "off" in next(line for line in at.lines if "guest" in line)
    await at.press("n", "y", "esc")
    assert "guest" in house.app.plugins
