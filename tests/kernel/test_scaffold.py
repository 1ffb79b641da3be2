"""A new plugin is a complete package whose tests pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import environment

from newel.errors import Conflict, Reject
from newel.scaffold import write_plugin


@pytest.mark.slow
def test_a_new_plugin_passes_its_own_tests(tmp_path: Path) -> None:
    folder = write_plugin("word_count", tmp_path)
    assert folder.name == "newel-word-count"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env=environment(PYTHONPATH=str(folder)),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout


def test_bad_names_and_folders_that_exist_are_refused(tmp_path: Path) -> None:
    for name in ("", "Word", "1a", "a-b", "../x", "a" * 60):
        with pytest.raises(Reject):
            write_plugin(name, tmp_path)
    write_plugin("twice", tmp_path)
    with pytest.raises(Conflict):
        write_plugin("twice", tmp_path)
