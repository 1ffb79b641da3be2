"""The units in contrib/systemd are right, and let a site do little; their template is the same unit."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import HASH, PORTS, environment

from newel.life import STOP_SECONDS
from newel_http.config import HttpConfig
from newel_ssh.config import SshConfig

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "contrib" / "systemd"
CALLS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
SCORE = 1.5
"""0: it may do nothing; 10: everything. A service without any of it has 9.6."""
units = pytest.mark.parametrize("name", ["newel.service", "newel@.service"])
systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and os.environ.get("NEWEL_TEST_ENGINES") != "all",
    reason="systemd-analyze is not installed",
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@systemd
@units
def test_systemd_finds_no_mistake(name: str, tmp_path: Path) -> None:
    program = shutil.which("true")
    text = (FOLDER / name).read_text("utf-8").replace("/opt/newel/bin/newel", str(program))
    (tmp_path / name).write_text(text.replace("Documentation=man:newel(1)\n", ""), "utf-8")
    ended = analyze("verify", "--man=no", str(tmp_path / name))
    assert (ended.returncode, ended.stderr) == (0, "")


@systemd
@units
def test_a_site_may_do_little(name: str) -> None:
    ended = analyze("security", "--offline=true", "--no-pager", str(FOLDER / name))
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", ended.stdout)
    assert score is not None, ended.stderr
    assert float(score[1]) <= SCORE


@systemd
def test_what_is_left_open_is_what_is_meant() -> None:
    ended = analyze("security", "--offline=true", "--no-pager", "--json=short", str(FOLDER / "newel.service"))
    left = {one["json_field"] for one in json.loads(ended.stdout) if not one["set"] and one["exposure"]}
    assert left <= {
        "SystemCallFilter_resources", "RootDirectoryOrRootImage", "RestrictAddressFamilies_AF_INET_INET6",
        "RestrictAddressFamilies_AF_UNIX", "PrivateNetwork", "IPAddressDeny", "DeviceAllow",
    }  # fmt: skip


@systemd
@pytest.mark.slow
@pytest.mark.skipif(not CALLS.is_file() or platform.machine() != "x86_64", reason="needs the numbers of x86-64's calls")
def test_a_site_runs_inside_its_filter(tmp_path: Path) -> None:
    """The database, passwords, and a worker of images with a filter of its own inside of this one."""
    confined = [sys.executable, str(ROOT / ".ci" / "confined.py"), str(FOLDER / "newel.service")]
    refused = subprocess.run(
        [*confined, sys.executable, "-c", "import mmap; mmap.mmap(-1, 4096, prot=7)"], capture_output=True, text=True
    )
    assert "PermissionError" in refused.stderr, "the filter is laid"
    newel = [*confined, sys.executable, "-m", "newel", "--site", str(tmp_path), *HASH]
    (tmp_path / "newel.toml").touch(mode=0o600)
    made = subprocess.run([*newel, "site", "overview"], capture_output=True, text=True, env=environment())
    assert made.returncode == 0, made.stderr
    ended = subprocess.run([*newel, *PORTS, "doctor", "--json"], capture_output=True, text=True, env=environment())
    found = {one["name"]: one["state"] for one in json.loads(ended.stdout)["checks"] if one["state"] != "ok"}
    assert found == {"backup.standing": "warning"}, ended.stdout


def test_the_template_is_the_unit() -> None:
    single, many = ((FOLDER / name).read_text("utf-8") for name in ("newel.service", "newel@.service"))
    assert _settings(many.replace("/%i", "").replace(" (%i)", "")) == _settings(single)
    assert "%i" in many


def _settings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_a_stop_has_the_time_that_it_may_take() -> None:
    seconds = int(re.findall(r"^TimeoutStopSec=(\d+)", (FOLDER / "newel.service").read_text("utf-8"), re.M)[0])
    assert seconds > HttpConfig().drain_seconds + SshConfig().drain_seconds + STOP_SECONDS
