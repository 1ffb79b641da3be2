"""Plugins that ship are in the wheel, and found where they are in the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from newel_lua.discovery import shipped_folder

pytestmark = pytest.mark.engines()
ROOT = Path(__file__).parents[4]


def test_the_wheel_brings_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    shipped = {str(file.relative_to(ROOT / "lua_plugins")) for file in (ROOT / "lua_plugins").rglob("*.*")}
    assert {f"newel_lua/shipped/{name}" for name in shipped if (ROOT / "lua_plugins" / name).is_file()} <= names
    assert "newel_lua/worker/lua/sandbox.lua" in names
    assert "newel/app.py" in names


def test_in_the_repository_they_are_found_where_they_lie() -> None:
    assert shipped_folder() == ROOT / "lua_plugins"
