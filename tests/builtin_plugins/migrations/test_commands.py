"""``newel migrate`` looks before anybody changes; a site that may not migrate says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newel.cli import run
from newel.discover import from_entry_points
from newel.errors import BootError
from newel.testing import make_app
from newel.testing.engines import LASTING

KEPT = ("audit", "migrations", "sqlite", "postgres", "mysql", "blobs_local", "blobs_s3")
pytestmark = [pytest.mark.fresh, pytest.mark.needs_plugin("audit")]  # the commands run the site with it


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How a command on a new site begins. Two plugins are enough."""
    off = ",".join(one.name for one in from_entry_points() if one.name not in KEPT)
    return ["--site", str(tmp_path), "--set", f"plugins.disable={off}"]


def test_plan_up_status(site: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*site, "init"]) == 0
    capsys.readouterr()
    assert run([*site, "migrate", "status", "--json"]) == 3
    assert {one["state"] for one in json.loads(capsys.readouterr().out)} == {"pending"}
    assert run([*site, "migrate", "plan"]) == 0
    planned = capsys.readouterr().out
    assert planned.startswith("-- audit 1 'log'\nCREATE TABLE audit_log (")
    assert run([*site, "migrate", "plan", "--json"]) == 0
    assert "CREATE TABLE audit_log" in json.loads(capsys.readouterr().out)[0]["statements"][0]
    assert run([*site, "migrate", "up", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {"plugin": "audit", "number": 1, "name": "log"}
    assert run([*site, "migrate", "status", "--json"]) == 0
    assert {one["state"] for one in json.loads(capsys.readouterr().out)} == {"applied"}
    assert run([*site, "migrate", "up"]) == 0
    assert capsys.readouterr().out == "nothing was pending\n"
    assert run([*site, "migrate", "plan"]) == 0
    assert capsys.readouterr().out == "nothing is pending\n"


def test_no_migrate_refuses_while_something_is_pending(site: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*site, "serve", "--no-migrate"]) == 1
    told = capsys.readouterr().err
    assert "first audit 1 'log', and migrations.auto is off" in told
    assert "newel migrate up" in told
    assert "Traceback" not in told


async def test_with_nothing_pending_it_starts_all_the_same(tmp_path: Path) -> None:
    file = LASTING
    careful = {**file, "migrations": {"auto": False}}
    with pytest.raises(BootError, match="pending"):
        async with make_app(["database", "migrations", "audit"], careful, folder=tmp_path):
            pass
    async with make_app(["database", "migrations", "audit"], file, folder=tmp_path):
        pass
    async with make_app(["database", "migrations", "audit"], careful, folder=tmp_path) as app:
        assert "audit" in app.plugins
