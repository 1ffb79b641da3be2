"""A server to deploy to: sshd once a module, and a folder for each test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from newel_deploy.far.place import Place
from newel_deploy.far.service import Supervised
from tests.deploy import made_up
from tests.deploy.sshd import program, sshd
from tests.support import environment, free_port

DEPLOY = Path(__file__).parents[2] / "contrib/deploy"


@define
class Server:
    """A folder on the server, reached through ssh, with the site ``site`` in it."""

    root: Path
    settings: dict[str, str]

    @property
    def place(self) -> Place:
        return Place(self.root / "newel")

    def begin(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        given = {f"NEWEL_DEPLOY_{name.upper()}": value for name, value in {**self.settings, **settings}.items()}
        return subprocess.Popen(
            [sys.executable, "-m", "newel_deploy", *arguments],
            env={**environment(), "PYTHONPATH": str(DEPLOY), **given},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.root, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str, timeout: float = 60, **settings: str) -> tuple[int, str]:
        """The exit code, and what was said."""
        with self.begin(*arguments, **settings) as process:
            said, _ = process.communicate(timeout=timeout)
        return process.returncode, said

    def deploy(self, wheel: Path, *arguments: str, **settings: str) -> tuple[int, str]:
        return self.run("deploy", "--wheel", str(wheel), *arguments, **settings)

    def wheel(self, version: str, *, schema: int = 1, fault: str = "") -> Path:
        return made_up.wheel(self.root, version, schema=schema, fault=fault)

    def answers(self, path: str) -> Any:
        return json.loads(self.asked(path))

    def asked(self, path: str) -> bytes:
        with urllib.request.urlopen(self.settings["health"].replace("/readyz", path), timeout=5) as answer:  # noqa: S310
            found: bytes = answer.read()
        return found

    def version(self) -> str:
        """Of what answers at this moment."""
        found: str = self.answers("/api/v1/openapi.json")["info"]["version"]
        return found

    def write(self, row: str) -> None:
        path = self.place.site / "db.json"
        stored = json.loads(path.read_text())
        path.write_text(json.dumps({**stored, "rows": [*stored["rows"], row]}))

    def results(self) -> list[str]:
        return [one["result"] for one in self.place.history()]


def until(there: Callable[[], bool]) -> None:
    """Waits for what another process does and gives no sign of."""
    end = time.monotonic() + 20
    while not there():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    if program() is None:
        assert os.environ.get("NEWEL_TEST_ENGINES") != "all", "CI installs openssh-server"
        pytest.skip("no sshd: apt-get install openssh-server")
    with sshd(tmp_path_factory.mktemp("sshd")) as settings:
        yield settings


@contextmanager
def made(door: dict[str, str], root: Path) -> Iterator[Server]:
    (root / "newel/site").mkdir(parents=True)
    (root / "lock").touch()
    port = free_port()
    (root / "newel/site/port").write_text(str(port))
    server = Server(root, {
        **door, "path": str(root / "newel"), "lock": str(root / "lock"), "python": sys.executable,
        "uv": shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv",
        "health": f"http://127.0.0.1:{port}/readyz", "attempts": "40", "every": "0.1",
    })  # fmt: skip
    try:
        yield server
    finally:
        Supervised(server.place).stop()


@pytest.fixture
def server(door: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Where nothing has been deployed yet."""
    with made(door, tmp_path / "there") as server:
        yield server


@pytest.fixture(scope="module")
def running(door: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Version 1.0 with a row: every test of the module leaves it so."""
    with made(door, tmp_path_factory.mktemp("running") / "there") as server:
        code, said = server.deploy(server.wheel("1.0"))
        assert code == 0, said
        server.write("kept")
        yield server


@pytest.fixture
def unchanged(running: Server) -> Iterator[Server]:
    """The same, and looks whether it was left so."""
    yield running
    assert running.version() == "1.0"
    assert running.answers("/rows") == ["kept"]
    assert running.place.journal() is None
