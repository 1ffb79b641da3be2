"""The commands of docs/use/uploads.md, run in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import environment, running

PAGE = Path(__file__).parents[2] / "docs" / "use" / "uploads.md"


@pytest.mark.slow
def test_uploads(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 7
    work = tmp_path / "work"
    work.mkdir()
    home = tmp_path / "site"
    home.mkdir()
    with running(home) as site:
        script = "\n".join(["set -eu", *(f"{block}\necho; echo '-- {number}'" for number, block in enumerate(blocks))])
        script = script.replace("http://127.0.0.1:8420", site.url).replace("newel_...", site.token)
        commands = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "NEWEL_SITE": str(home),
        }
        ended = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=120, env=environment(**commands),
            check=False, cwd=work,
        )  # fmt: skip
        assert ended.returncode == 0, f"{ended.stdout[-2000:]}\n{ended.stderr}"
        said = ended.stdout
        assert said.count('"status": 201') == 2
        assert re.search(r'"revision": 2, "name": "notes.md"', said)
        assert '"stored": 2' in said
        assert '"name":"big.pdf","state":"done"' in said.replace('": "', '":"').replace(', "', ',"')
        assert '"protocol":"tus"' in said.replace('": "', '":"')
        assert "2 would be stored, 0 there already, 0 refused, 0 left out" in said
        assert "0 stored, 2 there already, 0 refused, 0 left out" in said
        assert site.stop() == 0
