"""The screen of the database (``register_screens``), and the check that it answers (``register_health_checks``)."""

from __future__ import annotations

import pytest
from tests.screens import ADMIN, listed

from newel.testing import make_app


@pytest.mark.needs_plugin("site")
async def test_tables_are_listed_and_the_engine_answers() -> None:
    async with make_app(["database", "migrations", "accounts", "db", "site"]) as app:
        view, rows = await listed(app, "db", "main")
        assert "accounts_users" in {one["name"] for one in rows}
        assert [one.ask.operation for one in view.acts if one.ask] == ["db.check"]
        health = await app.operations.run("site.health", {}, app.call(ADMIN, "test"))
        found = {one.name: one for one in health.checks}
        assert (found["db.answers"].state, found["migrations.applied"].state) == ("ok", "ok")
        assert " answers in " in found["db.answers"].detail
