"""``./just deploy-try``: deployments of this Newel to an sshd of its own on this machine, with the times they take.

A site with entries; a later version; one that changes tables and does not start; one that changes tables and does; and
back. The other versions are the wheel of dist/ with another number, one more table change, or a fault in it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import shutil
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newel_deploy.far.place import Place
from newel_deploy.far.service import Supervised
from tests.deploy.conftest import Server
from tests.deploy.sshd import sshd
from tests.support import free_port, request

ENTRIES = 90
STEP = """

def _more(op):
    from sqlalchemy import Column, Text
    op.add_column("tui_kept", Column("more", Text()))

STEPS = (*STEPS, Migration(number=2, name="more", upgrade=_more))
"""
FAULT = """

import sys
if "serve" in sys.argv:
    raise SystemExit("made to fail at its start")
"""


def version(wheel: Path, number: str, *, step: bool = False, fault: bool = False) -> Path:
    """The wheel with another version number, and what else is said."""
    old = wheel.name.split("-")[1]
    made = Path(tempfile.mkdtemp()) / f"newel-{number}-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.infolist():
            name, held = one.filename.replace(f"newel-{old}.dist-info", f"newel-{number}.dist-info"), source.read(one)
            if name.endswith("/RECORD"):
                continue
            if name == "newel/versions.py":
                held = held.replace(f'"{old}"'.encode(), f'"{number}"'.encode())
            elif name.endswith(".dist-info/METADATA"):
                held = held.replace(f"\nVersion: {old}\n".encode(), f"\nVersion: {number}\n".encode())
            elif step and name == "newel_tui/migrations/__init__.py":
                held += STEP.encode()
            elif fault and name == "newel/cli/serve.py":
                held += FAULT.encode()
            target.writestr(name, held)
            digest = base64.urlsafe_b64encode(hashlib.sha256(held).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(held)}\n")
        name = f"newel-{number}.dist-info/RECORD"
        target.writestr(name, "".join(record) + f"{name},,\n")
    return made


class Trial:
    """The server, and what is told of it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._url = server.settings["health"].removesuffix("/readyz")
        self._token = ""

    def deploy(self, what: str, wheel: Path, expected: int, *more: str) -> None:
        self._timed(what, expected, "deploy", "--wheel", str(wheel), *more)

    def rollback(self, what: str, expected: int, *more: str) -> None:
        self._timed(what, expected, "rollback", *more)

    def _timed(self, what: str, expected: int, *arguments: str) -> None:
        begun = time.monotonic()
        with self._away() as away:
            code, said = self._server.run(*arguments, timeout=1200)
        took = time.monotonic() - begun
        if code != expected:
            raise SystemExit(f"{what}: ended with {code}, not {expected}:\n{said}")
        told = f"{took:6.1f} s, away {sum(away):4.1f} s, exit code {code}, {self._server.version()} answers"
        print(f"{what:<50} {told}", flush=True)

    @contextmanager
    def _away(self) -> Iterator[list[float]]:
        """For how long the site did not answer meanwhile."""
        away: list[float] = []
        over = threading.Event()

        def look() -> None:
            last = time.monotonic()
            while not over.wait(0.02):
                now = time.monotonic()
                try:
                    alive = request("GET", f"{self._url}/livez").status == 200
                except OSError:
                    alive = False
                if not alive:
                    away.append(time.monotonic() - last)
                last = now

        thread = threading.Thread(target=look)
        thread.start()
        yield away
        over.set()
        thread.join()

    def fill(self) -> None:
        log = (self._server.place.logs / "newel.log").read_text()
        found = re.search(r"newel_api_\w+", log)
        assert found, log
        self._token = found[0]
        field = {"name": "title", "type": "text", "required": True}
        self._ask("POST", "/types", {"name": "post", "label": "Post", "fields": [field]})
        for number in range(ENTRIES):
            self._ask("POST", "/content/post", {"data": {"title": f"Entry {number}"}})

    def add(self, title: str) -> None:
        self._ask("POST", "/content/post", {"data": {"title": title}})

    def held(self) -> list[str]:
        """The titles of all entries."""
        return sorted(one["data"]["title"] for one in self._ask("GET", "/content/post?limit=100")["data"])

    def _ask(self, method: str, path: str, data: Any = None) -> Any:
        reply = request(method, f"{self._url}/api/v1{path}", data, self._token)
        assert reply.status < 300, (method, path, reply.status, reply.body[:500])
        return reply.json()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pip", action="store_true", help="install with pip instead of uv")
    parser.add_argument("--lock", default="requirements-full.lock")
    options = parser.parse_args()
    wheel = max(Path("dist").glob("newel-*.whl"), key=lambda one: one.stat().st_mtime).absolute()
    with tempfile.TemporaryDirectory() as folder, sshd(Path(folder)) as door:
        root, port = Path(folder) / "there", free_port()
        (root / "newel/site/data").mkdir(parents=True)
        (root / "newel/site/newel.toml").write_text(f"[http]\nport = {port}\n[ssh]\nport = 0\n")
        server = Server(root, {
            **door, "path": str(root / "newel"), "lock": str(Path(options.lock).absolute()), "python": sys.executable,
            "uv": "" if options.pip else str(shutil.which("uv") or ""), "attempts": "5", "every": "5",
            "health": f"http://127.0.0.1:{port}/readyz",
        })  # fmt: skip
        trial = Trial(server)
        try:
            trial.deploy("a first version", wheel, 0)
            trial.fill()
            trial.deploy("a later one", version(wheel, "0.1.1"), 0)
            trial.add("written to 0.1.1")
            before = trial.held()
            trial.deploy("one that changes no tables and does not start", version(wheel, "0.1.2", fault=True), 3)
            assert trial.held() == before
            trial.deploy(
                "one that changes tables and does not start", version(wheel, "0.2.0", step=True, fault=True), 3
            )
            assert trial.held() == before
            trial.deploy("one that changes tables", version(wheel, "0.2.1", step=True), 0)
            assert trial.held() == before
            trial.add("written to 0.2.1")
            trial.rollback("back, which its tables forbid", 3)
            assert "written to 0.2.1" in trial.held()
            trial.rollback("back with --restore", 0, "--restore")
            assert trial.held() == before
            print(server.run("status")[1], server.run("history")[1], sep="\n")
        finally:
            Supervised(Place(root / "newel")).stop()


if __name__ == "__main__":
    main()
