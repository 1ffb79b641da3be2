"""Programs of ``./just tools``, for tests. Where one is missing the test is skipped, but never in CI."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".venv/tools"
PLACES = {"docker-compose": "lib/python*/site-packages/compose/docker-compose"}
"""Where the command itself is: the script in bin/ ends with 0 whatever happens."""


def tool(name: str, recipe: str = "tools") -> Path:
    """The program's path."""
    found = sorted(TOOLS.glob(PLACES.get(name, f"bin/{name}")))
    if not found:
        missing = f"{name} is missing: ./just {recipe}"
        if os.environ.get("NEWEL_TEST_ENGINES") == "all":
            pytest.fail(missing)
        pytest.skip(missing)
    return found[0]


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end, without what the environment says of a site or a stack."""
    kept: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(("NEWEL_", "COMPOSE_", "CADDY_"))
    }
    return subprocess.run(
        command, cwd=cwd, env={**kept, **env}, capture_output=True, text=True, timeout=60, check=False
    )
