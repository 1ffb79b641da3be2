"""The screen of plugins (``register_screens``): state, why, and the switch that fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.builtin_plugins.plugins_admin.guest import Guest
from tests.screens import asked, listed, offered

from newel.errors import Forbidden
from newel.testing import FakeTerminal, actor, make_app


async def test_a_plugin_is_seen_and_switched(tmp_path: Path) -> None:
    Guest.fails.clear()
    config = {"plugins": {"disable": ["guest"]}}
    plugins = ["database", "migrations", "plugins_admin"]
    async with make_app(plugins, config, others=[Guest.manifest], folder=tmp_path) as app:
        view, rows = await listed(app, "plugins_admin", "main")
        row = next(one for one in rows if one["name"] == "guest")
        assert (row["state"], row["note"]) == ("off", "switched off in the configuration")
        assert offered(view, row) == ["show", "enable"]
        enable = next(one for one in view.acts if one.name == "enable")
        assert enable.ask is not None
        assert (await asked(app, enable.ask, row))["live"]
        app.report_part("guest", "ear", "cannot hear", "Clean it.")
        view, rows = await listed(app, "plugins_admin", "main")
        row = next(one for one in rows if one["name"] == "guest")
        assert (row["note"], offered(view, row)) == ("Comes and goes.", ["show", "disable"])
        assert view.detail is not None
        told = await asked(app, view.detail, row)
        assert told["troubles"] == ["part: ear: cannot hear (Clean it.)"]
        with pytest.raises(Forbidden):
            await FakeTerminal(app, actor("somebody")).open("plugins_admin")
