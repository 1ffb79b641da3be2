"""Plugins written to the Go system's documentation, in the words of its tables, run as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from newel_lua.testing_command import test as command

PLUGINS = Path(__file__).parent / "plugins"


@pytest.mark.needs_plugin("delivery", "http")
@pytest.mark.may_block  # the command has a loop of its own, in which nobody else waits
@pytest.mark.parametrize("name", sorted(one.name for one in PLUGINS.iterdir() if one.is_dir()))
def test_a_strangers_plugin_runs_unmodified(name: str) -> None:
    told = CliRunner().invoke(command, [str(PLUGINS / name)], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert "0 failed" in told.output
    assert "0 passed" not in told.output
