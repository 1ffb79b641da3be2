"""Whether the site answers, and whether it is the release that was just started that does."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from newel_deploy.far.said import Said

PATIENCE = 4.0
"""Seconds for one answer: /readyz itself gives its checks two."""
LARGEST = 8 << 20


class Health:
    """Asks ``url`` (``/readyz``) up to ``attempts`` times, ``every`` seconds apart; never through a proxy."""

    def __init__(
        self, url: str, attempts: int, every: float, said: Said, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._url, self._attempts, self._every = url, attempts, every
        self._said = said
        self._pause = pause
        # A proxy of the environment is for other servers.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def good(self, version: str, folder: Path, process: Callable[[], int | None]) -> bool:
        """Whether ``version`` from ``folder`` answers. ``process``: the service's own, where it can be known."""
        for attempt in range(1, self._attempts + 1):
            if attempt > 1:
                self._pause(self._every)
            fault = self.fault(version, folder, process())
            self._said(f"health {attempt}/{self._attempts}: {fault or 'ready, ' + version}")
            if not fault:
                return True
        return False

    def fault(self, version: str | None = None, folder: Path | None = None, process: int | None = None) -> str:
        """What is wrong at this moment, in a line; empty: nothing. Without ``version`` any may answer."""
        try:
            told = self._ask(self._url)
        except (OSError, ValueError) as error:
            return _plain(error)
        if told.get("status") not in ("ready", "degraded"):
            return f"{self._url} answers, but not as Newel does"
        degraded = [str(one.get("plugin")) for one in told.get("degraded") or []]
        if degraded:
            self._said(f"degraded: {', '.join(degraded)}")
        return self._other(version, folder, process) if version else ""

    def _other(self, version: str, folder: Path | None, process: int | None) -> str:
        """Why what answers is not the release: by its process, and by the version that the site tells of itself."""
        if process and folder:
            started = command_of(process)
            if started and not any(one.startswith(f"{folder}/") for one in started):
                return f"process {process} was not started from {folder.name}"
        try:
            answers = str(self._ask(urljoin(self._url, "/api/v1/openapi.json"))["info"]["version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            return "" if process and folder else f"its version cannot be read: {_plain(error)}"
        return "" if answers == version else f"version {answers} answers, not {version}"

    def _ask(self, url: str) -> Any:
        with self._opener.open(url, timeout=PATIENCE) as answer:
            return json.loads(answer.read(LARGEST))


def command_of(process: int) -> list[str]:
    """With what a process was started. The shebang of ``newel`` names the folder of its release."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # gone in this moment, or a system without /proc
        return []


def _plain(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        try:
            detail = json.loads(error.read(10_000)).get("detail", "")
        except (OSError, ValueError, AttributeError):
            detail = ""
        return f"HTTP {error.code} {detail}".strip()
    reason = getattr(error, "reason", error)
    return f"no answer: {reason}"
