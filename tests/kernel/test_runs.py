"""What a running site tells the commands beside it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.kernel.plugins import plugin, raising

from newel.cli.runs import forget_ended, running_failures, telling
from newel.testing import make_app

pytestmark = pytest.mark.may_block  # the file is small, and written only when something has failed


def a_process_that_is_gone() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(60)
    return ended.pid


async def test_failures_are_told_while_the_site_runs_and_not_after(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    others = [plugin("bad", type("Bad", (), {"running": raising(OSError("away"))})), plugin("worse")]
    async with make_app(others=others, folder=tmp_path) as app:
        with telling(app):
            assert [(one.plugin, one.stage) for one in running_failures(tmp_path)] == [("bad", "start")]
            app.report_hook_failure("worse", "content_after_save", OSError("full"))
            assert running_failures(tmp_path) == app.failures
            assert len(app.failures) == 2
        assert running_failures(tmp_path) == []
        assert list((tmp_path / "data" / "run").iterdir()) == []


async def test_what_a_killed_process_left_counts_for_nothing_and_is_cleared(tmp_path: Path) -> None:
    run = tmp_path / "data" / "run"
    run.mkdir(parents=True)
    left = run / f"{a_process_that_is_gone()}.json"
    left.write_text('[{"plugin": "x", "stage": "hook", "cause": "c", "remedy": "r"}]', "utf-8")
    assert running_failures(tmp_path) == []
    forget_ended(tmp_path)
    assert not left.exists()
    alive = run / f"{os.getpid()}.json"
    for text in ("", "[7]", '[{"plug": 1}]', "null", '{"plugin": "x"}'):
        alive.write_text(text, "utf-8")
        assert running_failures(tmp_path) == []


async def test_a_site_that_cannot_write_there_serves_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder", "utf-8")
    log = io.StringIO()
    async with make_app(others=[plugin("bad")], folder=tmp_path, log=log) as app:
        with telling(app):
            app.report_hook_failure("bad", "content_after_save", OSError("full"))
            assert running_failures(tmp_path) == []
    assert "cannot tell other commands of a failure cause=Not a directory" in log.getvalue()
