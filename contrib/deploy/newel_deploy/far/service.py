"""How the site is stopped and started: by systemd, by a supervisor of ours, or by commands of the operator's own."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import resources
from typing import Any, Protocol

from newel_deploy.far.errors import DOWN, Stop
from newel_deploy.far.health import command_of
from newel_deploy.far.place import Place

PATIENCE = 90.0
"""Seconds for a stop: running requests end first."""


class Service(Protocol):
    """``process``: the main process, where it can be known. ``logs``: the last lines of what the site said."""

    def stop(self) -> None: ...
    def start(self) -> None: ...
    def process(self) -> int | None: ...
    def state(self) -> str: ...
    def logs(self, lines: int) -> str: ...


def service(place: Place, order: dict[str, Any]) -> Service:
    """The one that the order's ``service`` names: ``systemd:UNIT``, ``run`` or ``commands``."""
    named = str(order.get("service") or "run")
    if named.startswith("systemd:"):
        return Systemd(named.partition(":")[2])
    if named == "commands":
        return Commands(order["start"], order["stop"])
    return Supervised(place)


def _run(command: list[str], what: str) -> None:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Stop(
            f"cannot {what}: `{shlex.join(command)}` said: {(ended.stderr or ended.stdout).strip()[-300:]}", DOWN
        )


class Systemd:
    """A unit whose ExecStart is ``.../current/venv/bin/newel``. Who is not root needs sudo without a password."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]

    def stop(self) -> None:
        _run([*self._sudo, "systemctl", "stop", "--", self._unit], "stop the site")

    def start(self) -> None:
        # What failed too often in a row is refused by systemd until that is forgotten.
        subprocess.run([*self._sudo, "systemctl", "reset-failed", "--", self._unit], capture_output=True, check=False)
        _run([*self._sudo, "systemctl", "start", "--", self._unit], "start the site")

    def process(self) -> int | None:
        return int(self._show("MainPID") or 0) or None

    def state(self) -> str:
        return self._show("ActiveState") or "unknown"

    def logs(self, lines: int) -> str:
        command = ["journalctl", "--no-pager", "-q", "-n", str(lines), "-u", self._unit]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _show(self, name: str) -> str:
        command = ["systemctl", "show", "--property", name, "--value", "--", self._unit]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


class Commands:
    """What the operator named, split into words and run without a shell."""

    def __init__(self, start: str, stop: str) -> None:
        self._start, self._stop = shlex.split(start), shlex.split(stop)

    def stop(self) -> None:
        _run(self._stop, "stop the site")

    def start(self) -> None:
        _run(self._start, "start the site")

    def process(self) -> int | None:
        return None

    def state(self) -> str:
        return "unknown"

    def logs(self, lines: int) -> str:
        return "the site is started by a command of yours: its log is where that puts it\n"


class Supervised:
    """``supervise.py``, copied to the server: it starts the site again when it ends. The log is ``log/newel.log``."""

    def __init__(self, place: Place, pause: Callable[[float], None] = time.sleep) -> None:
        self._place = place
        self._pause = pause

    def stop(self) -> None:
        # Without its supervisor, which somebody killed, the site runs on.
        process = self._supervisor() or self._orphan()
        if process is None:
            return
        os.kill(process, signal.SIGTERM)
        self._until(lambda: self._supervisor() is None and self._orphan() is None, f"process {process} does not stop")

    def start(self) -> None:
        program = self._place.root / "supervise.py"
        program.write_text(resources.files(__package__ or "").joinpath("supervise.py").read_text())
        log = self._place.logs / "newel.log"
        if log.exists() and log.stat().st_size > 16 << 20:
            shutil.move(log, log.with_suffix(".log.1"))
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            subprocess.Popen(
                [sys.executable, "-I", str(program), str(self._place.root), str(self._place.site)],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, cwd=self._place.root,
            )  # fmt: skip
        self._until(lambda: self._supervisor() is not None, "the supervisor does not start: see deploy-logs")

    def process(self) -> int | None:
        try:
            return int((self._place.root / "run/newel.pid").read_text())
        except (OSError, ValueError):
            return None

    def state(self) -> str:
        return "stopped" if self._supervisor() is None else "running" if self.process() else "between two starts"

    def logs(self, lines: int) -> str:
        try:
            text = (self._place.logs / "newel.log").read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "".join(text.splitlines(keepends=True)[-lines:])

    def _until(self, done: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                raise Stop(f"{otherwise} (waited {PATIENCE:.0f} s)", DOWN)
            self._pause(0.05)

    def _orphan(self) -> int | None:
        """The site's own process, if it is one of this folder."""
        process = self.process()
        started = command_of(process) if process else []
        return process if any(one.startswith(f"{self._place.releases}/") for one in started) else None

    def _supervisor(self) -> int | None:
        """Its process, if it runs: it holds a lock, so a number that somebody else has by now is not taken for it."""
        try:
            descriptor = os.open(self._place.root / "run/supervisor.pid", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.pread(descriptor, 20, 0) or 0) or None
        else:
            return None
        finally:
            os.close(descriptor)
