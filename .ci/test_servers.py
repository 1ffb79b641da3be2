"""Servers for work by hand, which stay until they are stopped: ``test_servers.py up|env|down``.

Their addresses are kept in .cache/servers.json, as settings: by those of databases the tests use servers that run, by
that of S3 a site finds it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".cache" / "servers.json"
LOG = ROOT / ".cache" / "servers.log"
SETTINGS = {"postgres": "NEWEL_TEST_POSTGRES_URL", "mysql": "NEWEL_TEST_MYSQL_URL", "s3": "NEWEL__BLOBS_S3__ENDPOINT"}
SECONDS = 90


def running() -> dict[str, str] | None:
    """What ``up`` wrote, if its process is there still."""
    try:
        state: dict[str, str] = json.loads(STATE.read_text())
        os.kill(int(state["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return state


def up() -> int:
    if running() is not None:
        print("they run already", file=sys.stderr)
        return told()
    STATE.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + SECONDS
    while len(lines := [line.split(None, 1) for line in LOG.read_text().splitlines()]) < len(SETTINGS):
        if process.poll() is not None or time.monotonic() > until:
            print(LOG.read_text(), file=sys.stderr)
            return 1
        time.sleep(0.1)  # a process that starts gives no sign to wait for
    state = {"pid": str(process.pid)} | {SETTINGS[name]: text for name, text in lines if "://" in text}
    STATE.write_text(json.dumps(state))
    for name, text in lines:
        if "://" not in text:
            print(f"{name}: {text}", file=sys.stderr)
    return told()


def told() -> int:
    state = running()
    if state is None:
        print("no servers run: ./just test-up", file=sys.stderr)
        return 1
    for name, url in state.items():
        if name != "pid":
            print(f"export {name}={url}")
    return 0


def down() -> int:
    state = running()
    STATE.unlink(missing_ok=True)
    if state is None:
        return 0
    pid = int(state["pid"])
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return 0
        time.sleep(0.05)  # not a child of ours: it cannot be waited for
    print(f"process {pid} does not end", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit({"up": up, "env": told, "down": down}[sys.argv[1]]())
