"""The tutorial for Python: its plugin dropped into a site and used at its doors, then grown, then tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.pages import blocks
from tests.support import environment, newel, running

FIRST, GROWN, TEST = blocks("tutorial-python.md", "python")


@pytest.mark.slow
def test_the_first_plugin(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    file = tmp_path / "plugins" / "quiet_titles.py"
    file.write_text(FIRST, "utf-8")
    with running(tmp_path) as site:
        site.api("POST", "/types", {"name": "post", "fields": [{"name": "title", "type": "text"}]})
        refused = site.api("POST", "/content/post", {"data": {"title": "LOUD"}})
        assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/data/title")
        assert site.api("POST", "/content/post", {"data": {"title": "Soft"}}).status == 201
        assert site.api("GET", "/quiet-titles", anonymous=True).json() == {"refused": 1}
        assert site.stop() == 0
    assert '"refused": 0' in newel("quiet", "count", "--json", folder=tmp_path).stdout
    assert newel("plugins", "disable", "quiet_titles", folder=tmp_path).returncode == 0
    file.write_text("raise SystemExit('imported')\n", "utf-8")  # it must not be
    assert newel("check", folder=tmp_path).returncode == 0


@pytest.mark.slow
def test_the_grown_plugin_passes_the_test_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "quiet_titles.py").write_text(GROWN, "utf-8")
    (tmp_path / "test_quiet_titles.py").write_text(TEST, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, env=environment(PYTHONPATH=str(tmp_path)), timeout=60, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode()
