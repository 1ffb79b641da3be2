"""Keeps a site running where no systemd is: starts it again when it ends, more slowly each time it ends at once.

    python3 supervise.py ROOT SITE

``run/supervisor.pid`` and ``run/newel.pid`` name the processes. SIGTERM stops both, after running requests.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LONGEST = 30.0
SETTLED = 60.0
"""Seconds: who ran that long is started again at once."""


def main(root: Path, site: Path) -> None:
    run = root / "run"
    run.mkdir(mode=0o750, exist_ok=True)
    mine = os.open(run / "supervisor.pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    _alone(mine)
    os.ftruncate(mine, 0)
    os.pwrite(mine, f"{os.getpid()}\n".encode(), 0)
    stopping: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def stop(number: int, frame: Any) -> None:
        stopping.append(number)
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    pause = 1.0
    while not stopping:
        begun = time.monotonic()
        # Read anew each time, so that the shebang of the release that `current` leads to names its own folder.
        child = subprocess.Popen([root / "current/venv/bin/newel", "--site", site, "serve"], stdin=subprocess.DEVNULL)
        (run / "newel.pid").write_text(f"{child.pid}\n")
        if stopping:
            child.send_signal(signal.SIGTERM)
        code = child.wait()
        (run / "newel.pid").unlink(missing_ok=True)
        if stopping:
            break
        pause = 1.0 if time.monotonic() - begun > SETTLED else min(pause * 2, LONGEST)
        print(f"newel ended with {code}; started again in {pause:.0f} s", flush=True)
        ready = time.monotonic() + pause
        while not stopping and time.monotonic() < ready:
            time.sleep(0.05)


def _alone(descriptor: int, pause: Callable[[float], None] = time.sleep) -> None:
    """Takes the lock. Who only looks whether a supervisor runs holds it for a moment, so once is not enough."""
    for _ in range(20):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        pause(0.05)
    sys.exit("another one keeps this site running")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
