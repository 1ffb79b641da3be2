"""The plugin of docs/extend/first-plugin.md, dropped into a site and used at its doors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support import newel, running

PAGE = Path(__file__).parents[2] / "docs" / "extend" / "first-plugin.md"


@pytest.mark.slow
def test_the_first_plugin(tmp_path: Path) -> None:
    code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "plugins").mkdir()
    file = tmp_path / "plugins" / "quiet_titles.py"
    file.write_text(code, "utf-8")
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
