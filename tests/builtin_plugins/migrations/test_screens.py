"""The screen of table changes (``register_screens``), and their check (``register_health_checks``)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from tests.screens import ADMIN, listed

from newel.contracts.migrations import Migrations, MigrationState
from newel.testing import FakeClock, make_app


@pytest.mark.engines("sqlite")
@pytest.mark.needs_plugin("site")
async def test_changes_are_listed_and_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    async with make_app(["database", "migrations", "accounts", "site"], clock=clock) as app:
        _, rows = await listed(app, "migrations", "main")
        assert rows[0]["id"] == f"{rows[0]['plugin']}.{rows[0]['number']}"
        assert {one["state"] for one in rows} == {"applied"}
        service: Any = app.need(Migrations)
        known = await service.status()

        stands = ["applied"]

        async def told(self: Any) -> list[MigrationState]:
            return [evolve(known[0], state=stands[0]), *known[1:]]

        monkeypatch.setattr(type(service), "status", told)
        for state, found in (("changed", "warning"), ("pending", "failing")):
            stands[0] = state
            await clock.advance(2)
            health = await app.operations.run("site.health", {}, app.call(ADMIN, "test"))
            check = next(one for one in health.checks if one.name == "migrations.applied")
            assert (check.state, f"{known[0].plugin} {known[0].number}" in check.detail) == (found, True)
            assert check.remedy
