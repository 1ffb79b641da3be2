"""Health: who answers, as which version, from which process."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newel_deploy.far.health import Health
from newel_deploy.far.said import Said

READY = {"status": "ready", "degraded": []}
VERSION = {"info": {"version": "2.0"}}


class Site(http.server.HTTPServer):
    """Answers what ``told`` says, path by path: a body, or a status with one."""

    told: dict[str, Any]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        told = self.server.told[self.path]
        status, body = told if isinstance(told, tuple) else (200, told)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *said: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site(("127.0.0.1", 0), Handler)
    made.told = {"/readyz": READY, "/api/v1/openapi.json": VERSION}
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def health(site: Site, attempts: int = 1, pauses: list[float] | None = None) -> Health:
    pause = ([] if pauses is None else pauses).append
    return Health(f"http://127.0.0.1:{site.server_port}/readyz", attempts, 5.0, Said(None), pause)


def test_the_version_that_answers_must_be_the_new_one(site: Site, tmp_path: Path) -> None:
    assert health(site).fault("2.0") == ""
    assert health(site).fault("2.1") == "version 2.0 answers, not 2.1"
    site.told["/api/v1/openapi.json"] = (404, {"detail": "off"})
    assert health(site).fault("2.0") == "its version cannot be read: HTTP 404 off"


def test_where_the_process_is_known_it_must_come_from_the_release(site: Site, tmp_path: Path) -> None:
    """Two releases can have one version. Then the version may be kept secret."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()", f"{tmp_path}/venv/bin/newel"], stdin=subprocess.PIPE
    ) as process:
        assert health(site).fault("2.0", tmp_path, process.pid) == ""
        assert "was not started from" in health(site).fault("2.0", tmp_path / "other", process.pid)
        site.told["/api/v1/openapi.json"] = (404, {})
        assert health(site).fault("2.0", tmp_path, process.pid) == ""
        process.communicate(b"\n")


def test_what_is_not_ready_is_told(site: Site) -> None:
    site.told["/readyz"] = (503, {"detail": "the site is starting: content"})
    assert health(site).fault() == "HTTP 503 the site is starting: content"
    site.told["/readyz"] = {"hello": "nginx"}
    assert "not as Newel does" in health(site).fault()
    site.told["/readyz"] = {"status": "degraded", "degraded": [{"plugin": "lua"}]}
    assert health(site).fault() == ""


def test_five_attempts_five_seconds_apart(site: Site, tmp_path: Path) -> None:
    site.told["/readyz"] = (503, {})
    pauses: list[float] = []
    assert health(site, 5, pauses).good("2.0", tmp_path, lambda: None) is False
    assert pauses == [5.0] * 4
