"""What the operating system keeps from a worker, whatever happens inside."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.builtin_plugins.lua.hostile.conftest import Ring

pytestmark = [pytest.mark.engines(), pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")]

Rings = Callable[..., Awaitable[Ring]]


async def test_a_worker_has_its_pipes_and_nothing_else(ring: Rings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWEL_SECRET", "hidden")
    inherited, _ = os.pipe()
    os.set_inheritable(inherited, True)
    begun = await ring()
    [process] = begun.host._seats.processes
    folder = Path("/proc", str(process.pid))
    held = {int(one.name): str(one.readlink()) for one in (folder / "fd").iterdir()}
    assert all(where.startswith(("pipe:", "socket:")) for where in held.values()), held
    assert set(held) <= {0, 1, 2, 3}
    assert f"pipe:[{os.fstat(inherited).st_ino}]" not in held.values()
    assert b"hidden" not in (folder / "environ").read_bytes()
    assert (folder / "cwd").readlink() == Path("/")
    limits = {line[:25].strip(): line[26:].split()[1] for line in (folder / "limits").read_text().splitlines()[1:]}
    assert int(limits["Max open files"]) <= 4
    assert limits["Max processes"] == limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) < 2 << 30
    os.close(inherited)
    if process.box == "seccomp":
        facts = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
        assert (facts["Seccomp"], facts["NoNewPrivs"]) == ("2", "1")


async def test_a_worker_steps_back_for_the_server(ring: Rings) -> None:
    begun = await ring()
    assert [os.getpriority(os.PRIO_PROCESS, pid) for pid in begun.host.pids] == [
        min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    ]
