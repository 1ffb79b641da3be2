"""A real site in a process of its own, as an operator runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from attrs import Factory, define, frozen

from newel.testing.app import CHEAP_HASH

START_SECONDS = 60
PORTS = ("--set", "http.port=0", "--set", "ssh.port=0")
"""Free ones."""
HASH = tuple(part for key, value in CHEAP_HASH.items() for part in ("--set", f"accounts.{key}={value}"))


@frozen
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def request(method: str, url: str, data: Any = None, token: str | None = None, **headers: str) -> Reply:
    """One HTTP request with the standard library, so that nothing of ours is on the client's side."""
    body = None if data is None else data if isinstance(data, bytes) else json.dumps(data).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    try:
        asked = urllib.request.Request(url, body, sent, method=method)  # noqa: S310 - only ever our own loopback address
        with _OPENER.open(asked, timeout=30) as answer:
            return Reply(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, dict(error.headers), error.read())


@define
class Site:
    """A running ``newel serve``."""

    folder: Path
    process: subprocess.Popen[str]
    lines: list[str]
    url: str = ""
    token: str = ""
    ssh_port: int = 0
    """Where the SSH door is; 0 where there is none."""
    said: list[str] = Factory(list)
    """All that it has printed, with its log; ``lines`` are those up to the start."""
    _reader: threading.Thread | None = None

    def api(self, method: str, path: str, data: Any = None, *, anonymous: bool = False, **headers: str) -> Reply:
        return request(method, f"{self.url}/api/v1{path}", data, None if anonymous else self.token, **headers)

    def kill(self) -> None:
        """``kill -9``: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        code = self.process.wait(60)
        if self._reader is not None:
            self._reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def environment(**more: str) -> dict[str, str]:
    """The environment of a child: this one without a site's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEWEL_", "PYTEST_", "COV_"))}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


PROGRAM = (sys.executable, "-m", "newel")


def newel(
    *arguments: str, folder: Path, program: Sequence[str] = PROGRAM, **more: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    return subprocess.run(
        [*program, "--site", str(folder), *arguments],
        capture_output=True, text=True, timeout=START_SECONDS, env=environment(**more), check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> list[int]:
    """Different ones."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def start(
    folder: Path, *arguments: str, token: str = "", until_ready: bool = False, settings: Sequence[str] = HASH,
    program: Sequence[str] = PROGRAM,
) -> Site:  # fmt: skip
    """Starts ``newel serve`` on a free port and waits until it says that it is up (and what else it has to say)."""
    process = subprocess.Popen(
        [*program, "--site", str(folder), *PORTS, *settings, "serve", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(),
    )  # fmt: skip
    queue: Queue[str | None] = Queue()
    said: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            queue.put(line.rstrip("\n"))
        queue.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    site = Site(folder, process, [], token=token, said=said)
    site._reader = reader
    try:
        while not (site.url and "up after" in "\n".join(site.lines)):
            line = queue.get(timeout=START_SECONDS)
            if line is None:
                raise AssertionError("the site ended:\n" + "\n".join(site.lines))
            site.lines.append(line)
            if match := re.match(r"\s+site\s+(http://\S+)", line):
                site.url = match[1].rstrip("/")
            _credentials(site, line)
        while not until_ready:  # what else is printed with the addresses
            _take(site, queue)
    except Empty:
        if not site.url:
            process.kill()
            raise AssertionError("the site did not come up:\n" + "\n".join(site.lines)) from None
    return site


def _take(site: Site, queue: Queue[str | None]) -> None:
    line = queue.get(timeout=0.3)
    if line is None:
        raise Empty
    site.lines.append(line)
    _credentials(site, line)


def _credentials(site: Site, line: str) -> None:
    if match := re.search(r"\b(newel_\w+)", line):
        site.token = match[1]
    if match := re.match(r"\s+ssh\s+ssh -p (\d+) ", line):
        site.ssh_port = int(match[1])


@contextmanager
def running(folder: Path, *arguments: str, token: str = "", settings: Sequence[str] = HASH) -> Iterator[Site]:
    site = start(folder, *arguments, token=token, settings=settings)
    try:
        yield site
    finally:
        site.stop()
