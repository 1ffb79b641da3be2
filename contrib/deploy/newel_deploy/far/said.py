"""What a deployment says: to the person, as long as he listens, and into ``log/deploy.log``."""

from __future__ import annotations

import os
from pathlib import Path

from newel_deploy.far.place import now


class Said:
    """``log`` may hold what programs said, and so is the owner's alone."""

    def __init__(self, log: Path | None) -> None:
        self._log = log
        self._heard = True

    def __call__(self, line: str) -> None:
        self.keep(line)
        if not self._heard:
            return
        try:
            os.write(1, (line + "\n").encode())
        except OSError:  # he is gone; what was begun is ended all the same
            self._heard = False

    def keep(self, text: str) -> None:
        """Into the log only."""
        if self._log is None or not text.strip():
            return
        self._log.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", errors="replace") as file:
            file.writelines(f"{now()} {line}\n" for line in text.rstrip().split("\n"))
