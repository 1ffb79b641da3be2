"""A process in an image's root file system, as an engine would start it, where there is no engine: ``run_here.py``.

Mounts of its own with a root that is read-only, volumes and a ``/tmp`` that are not, the image's environment, user 1000
without capabilities and without a way to new ones. The network is this machine's.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWNS, _RDONLY, _REMOUNT, _BIND, _REC, _PRIVATE, _NOSUID = 0x20000, 1, 32, 4096, 16384, 1 << 18, 2
_CAPBSET_DROP, _NO_NEW_PRIVS = 24, 38
DEVICES = ("null", "zero", "full", "random", "urandom")


@frozen
class Image:
    """An image that buildah has mounted at ``root``, and its configuration."""

    root: Path
    config: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, container: str) -> Image:
        inspected = json.loads(_told("buildah", "inspect", "--type", "image", name))
        return cls(Path(_told("buildah", "mount", container).strip()), inspected["Docker"]["config"])

    def start(
        self, command: Sequence[str], volumes: Path, environment: Mapping[str, str], user: int = 1000, **given: Any
    ) -> subprocess.Popen[str]:
        """Starts the command. ``volumes`` holds a folder for each volume, by its last name."""
        mounts = {path: volumes / Path(path).name for path in self.config["Volumes"]}
        variables = dict(one.split("=", 1) for one in self.config["Env"]) | dict(environment)

        def contained() -> None:
            _mounted(self.root, mounts)
            os.chroot(self.root)
            os.chdir(self.config["WorkingDir"])
            for number in range(64):
                _LIBC.prctl(_CAPBSET_DROP, number, 0, 0, 0)  # beyond the last there is nothing to drop
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            _checked(_LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))

        # Python looks the program up before it is in the root, so its place there is asked for.
        program = found(self.root, command[0], variables["PATH"])
        return subprocess.Popen(  # noqa: S603 - the image's own command
            [program, *command[1:]], preexec_fn=contained, env=variables, text=True, **given
        )  # fmt: skip

    def run(self, *command: str, volumes: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        pipe = subprocess.PIPE
        process = self.start(command, volumes, environment, stdout=pipe, stderr=pipe)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(list(command), process.returncode, out, err)


def found(root: Path, program: str, path: str) -> str:
    """Where a program is in the root. Raises ``FileNotFoundError``."""
    for place in [program] if program.startswith("/") else [f"{one}/{program}" for one in path.split(":")]:
        if os.path.lexists(root / place.lstrip("/")):
            return place
    raise FileNotFoundError(program)


def _mounted(root: Path, volumes: Mapping[str, Path]) -> None:
    _checked(_LIBC.unshare(_NEWNS))
    _mount("none", Path("/"), None, _REC | _PRIVATE)
    _mount(str(root), root, None, _BIND)
    for path, lent in volumes.items():
        _mount(str(lent), root / path.lstrip("/"), None, _BIND)
    _mount("proc", root / "proc", "proc", _NOSUID)
    for place in ("tmp", "dev"):
        _mount("tmpfs", root / place, "tmpfs", _NOSUID, "mode=1777")
    (root / "dev/shm").mkdir(mode=0o1777)
    for name in DEVICES:
        (root / "dev" / name).touch()
        _mount(f"/dev/{name}", root / "dev" / name, None, _BIND)
    _mount("none", root, None, _REMOUNT | _BIND | _RDONLY | _NOSUID)


def _mount(source: str, target: Path, kind: str | None, flags: int, data: str = "") -> None:
    _checked(_LIBC.mount(source.encode(), bytes(target), kind and kind.encode(), flags, data.encode()), str(target))


def _checked(answer: int, what: str = "") -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _told(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ours
