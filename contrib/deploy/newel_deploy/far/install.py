"""Makes a release: what was sent is compared with its hashes, then installed into a venv of its own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

from newel_deploy.far.errors import Stop
from newel_deploy.far.place import Place, now
from newel_deploy.far.program import version_of
from newel_deploy.far.said import Said

PIECE = 1 << 20


def receive(stream: BinaryIO, files: list[dict[str, Any]], into: Path) -> None:
    """Takes the announced files (``name``, ``size``, ``sha256``) from the stream. Raises ``Stop`` where one differs."""
    into.mkdir(mode=0o750, parents=True)
    for one in files:
        path = into / Path(one["name"]).name
        digest, left = hashlib.sha256(), int(one["size"])
        with path.open("xb") as file:
            while left and (piece := stream.read(min(left, PIECE))):
                digest.update(piece)
                file.write(piece)
                left -= len(piece)
        if left:
            raise Stop(f"the connection ended in the middle of {path.name}")
        if digest.hexdigest() != one["sha256"]:
            raise Stop(f"{path.name} arrived changed: its SHA-256 is {digest.hexdigest()}, not {one['sha256']}")


class Installer:
    """``uv``: that program instead of pip. ``offline``: all wheels were sent along, and no index is asked."""

    def __init__(self, place: Place, said: Said, order: dict[str, Any]) -> None:
        self._place = place
        self._said = said
        self._uv: str = order.get("uv") or ""
        self._offline = bool(order.get("offline"))
        self._python: str = order.get("python") or sys.executable

    def install(self, release: str, sent: list[dict[str, Any]]) -> None:
        """Makes ``venv`` in the release's folder from the sent files, and the record that makes it whole."""
        folder = self._place.folder(release)
        venv = folder / "venv"
        wheel = next(one for one in sent if one["name"].startswith("newel-") and one["name"].endswith(".whl"))
        self._venv(venv)
        self._pip(venv, "--require-hashes", *self._from(folder), "-r", str(folder / "requirements.lock"))
        self._pip(venv, "--no-deps", "--no-index", str(folder / wheel["name"]))
        for one in sent:
            if one["name"].endswith(".whl") and one is not wheel:
                (folder / one["name"]).unlink()
        self._place.note(
            release, name=release, version=version_of(venv), sha256=wheel["sha256"], installed_at=now(),
            python=".".join(map(str, sys.version_info[:3])),
        )  # fmt: skip

    def _from(self, folder: Path) -> list[str]:
        return ["--no-index", "--find-links", str(folder)] if self._offline else []

    def _venv(self, venv: Path) -> None:
        if self._uv:
            self._run(self._uv, "venv", "-q", "--python", self._python, str(venv))
        else:
            self._run(self._python, "-m", "venv", str(venv))

    def _pip(self, venv: Path, *arguments: str) -> None:
        python = str(venv / "bin/python")
        if self._uv:
            self._run(self._uv, "pip", "install", "-q", "--python", python, *arguments)
        else:
            self._run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments)

    def _run(self, *command: str) -> None:
        self._said.keep("$ " + " ".join(command))
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            pass_fds=[self._place.lock_fd],
        )  # fmt: skip
        self._said.keep(ended.stdout + ended.stderr)
        if ended.returncode:
            last = "\n  ".join((ended.stderr or ended.stdout).strip().split("\n")[-4:])
            raise Stop(f"`{Path(command[0]).name} {command[1]} ...` ended with {ended.returncode}:\n  {last}")
