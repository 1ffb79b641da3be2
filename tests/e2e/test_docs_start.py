"""The commands of docs/start/first-site.md, run in order, as a newcomer would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import environment, running

PAGE = Path(__file__).parents[2] / "docs" / "start" / "first-site.md"


@pytest.mark.slow
def test_the_first_site(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    with running(tmp_path) as site:
        script = "\n".join(["set -eu", *(f"{block}\necho; echo '-- {number}'" for number, block in enumerate(blocks))])
        script = script.replace("http://127.0.0.1:8420", site.url).replace("newel_...", site.token)
        commands = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "NEWEL_SITE": str(tmp_path),
        }
        ended = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, env=environment(**commands), check=False
        )
        assert ended.returncode == 0, f"{ended.stdout[-2000:]}\n{ended.stderr}"
        said = ended.stdout
        assert '"pointer":"/data/stars"' in said
        assert '"pointer":"/data/titel"' in said
        assert said.count("Hello, stairs") >= 4
        assert site.stop() == 0
