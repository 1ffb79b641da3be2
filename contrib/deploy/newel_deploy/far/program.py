"""Runs ``newel`` of one release on the site."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from newel_deploy.far.errors import Stop
from newel_deploy.far.place import Place
from newel_deploy.far.said import Said

LONG = 6 * 3600
"""Seconds: a backup and a migration take as long as they take."""


class Newel:
    """The command ``newel`` of a release. What it says goes into the log; its last lines are told where it fails."""

    def __init__(self, place: Place, release: str, said: Said) -> None:
        self._place = place
        self._said = said
        self.command = place.folder(release) / "venv/bin/newel"

    def run(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Raises ``Stop`` unless it ends with one of the codes ``fine``."""
        ended = self.attempt(*arguments)
        if ended.returncode not in fine:
            last = "\n  ".join((ended.stderr or ended.stdout).strip().split("\n")[-6:])
            raise Stop(f"`newel {' '.join(arguments)}` ended with {ended.returncode}:\n  {last}")
        return ended

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self._said.keep(f"$ {self.command} {' '.join(arguments)}")
        try:
            ended = subprocess.run(
                [self.command, "--site", self._place.site, *arguments],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=LONG,
                pass_fds=[self._place.lock_fd] if self._place.lock_fd >= 0 else [],
            )  # fmt: skip
        except OSError as error:
            return subprocess.CompletedProcess([], 127, "", f"{self.command} cannot be run: {error.strerror}")
        self._said.keep(ended.stdout + ended.stderr)
        return ended

    def check(self) -> None:
        """Configuration and plugins."""
        self.run("check")

    def doctor(self) -> None:
        """The whole site, where this version has a doctor (3: only warnings). It wants the tables of its version."""
        if "\n  doctor " in self.attempt("--help").stdout:
            ended = self.run("doctor", fine=(0, 3))
            if ended.returncode:
                self._said("doctor: warnings, see log/deploy.log")

    def pending(self) -> bool:
        """Whether this version would change tables."""
        return self.run("migrate", "status", "--json", fine=(0, 3)).returncode == 3

    def migrate(self) -> None:
        self.run("migrate", "up")

    def reads(self) -> bool:
        """Whether this version takes the tables as they are: it refuses those that a later one has changed."""
        return self.attempt("migrate", "up").returncode == 0

    def backup(self, target: str) -> str:
        """The new snapshot's id. Raises ``Stop`` where the backup is not whole."""
        answer = json.loads(self.run("backup", "run", "--to", target, "--json").stdout)
        return str(answer["id"])

    def restore(self, snapshot: str, target: str) -> None:
        """All of it, into a new database beside the present one, which is kept."""
        self.run("backup", "restore", snapshot, "--target", target, "--with", "all", "--yes", fine=(0, 3))


def version_of(venv: Path) -> str:
    """The version that is installed there, without running it."""
    found = sorted(venv.glob("lib/python3*/site-packages/newel-*.dist-info"))
    if not found:
        raise Stop("the wheel brought no Newel")
    return found[0].name.removeprefix("newel-").removesuffix(".dist-info")
