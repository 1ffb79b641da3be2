"""``newel version``: what is here; and whether there is a newer one, asked of a list on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from newel.cli import run
from newel.errors import Transient
from newel.releases import standing
from newel.versions import VERSION

Cli = Callable[..., tuple[int, str, str]]
GOOD = [{"yanked": False, "requires_python": ">=3.11"}]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--site", str(tmp_path), *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@contextmanager
def listing(answer: bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A list of releases, and the requests that it got."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['User-Agent']}")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/newel/json", asked
        finally:
            server.shutdown()
            thread.join()


def pypi(*versions: str, **info: Any) -> bytes:
    return json.dumps({"info": info, "releases": dict.fromkeys(versions, GOOD)}).encode()


def test_what_is_here(cli: Cli) -> None:
    code, out, _ = cli("version", "--json")
    facts = json.loads(out)
    assert (code, facts["newel"]) == (0, VERSION)
    assert {"sqlite", "aiohttp", "click", "sqlalchemy"} <= facts["libraries"].keys()
    assert {"name": "http", "version": "0.1.0", "origin": "built in"} in facts["plugins"]


def test_versions_of_a_site_that_is_broken(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text("[", "utf-8")
    code, out, err = cli("version")
    assert (code, out.splitlines()[1].split()[:2]) == (0, ["newel", VERSION])
    assert "without plugins: newel.toml is not valid TOML" in err


def test_a_newer_one_is_told_with_what_to_read_and_do(cli: Cli, tmp_path: Path) -> None:
    urls = {"Changelog": "https://example.org/changes"}
    with listing(pypi("0.0.9", VERSION, "9.0.0", "9.1.0rc1", project_urls=urls)) as (url, asked):
        (tmp_path / "newel.toml").write_text(f'[releases]\nurl = "{url}"\n', "utf-8")
        code, out, _ = cli("version", "--check")
        assert (code, out.splitlines()[:2]) == (
            3, [f"Newel 9.0.0 is out; this is {VERSION}", "read: https://example.org/changes"],
        )  # fmt: skip
        assert "pip install --upgrade newel" in out
        code, out, _ = cli("version", "--check", "--json")
        assert json.loads(out)["newer"] is True
        cli("version")
        cli("check")
    assert asked == [f"/newel/json newel/{VERSION}"] * 2, "nothing else asks"


def test_the_newest_is_told_as_such(cli: Cli) -> None:
    with listing(pypi("0.0.1", VERSION)) as (url, _):
        assert cli("--set", f"releases.url={url}", "version", "--check")[:2] == (0, f"Newel {VERSION} is the newest\n")


@pytest.mark.parametrize(
    ("answer", "status", "code", "told"),
    [
        (b"no such page", 404, 1, "answers 404 Not Found"),
        (b"<html>", 200, 1, "answers, but no JSON"),
        (b"[" * 100_000, 200, 1, "answers, but no JSON"),
        (b"[]", 200, 1, "lists no releases"),
        (b'{"releases": []}', 200, 1, "lists no releases"),
    ],
)
def test_an_answer_that_is_none_is_one_line(cli: Cli, answer: bytes, status: int, code: int, told: str) -> None:
    with listing(answer, status) as (url, _):
        ended, out, err = cli("--set", f"releases.url={url}", "version", "--check")
    assert (ended, out, err.count("\n")) == (code, "", 1)
    assert told in err


@pytest.mark.parametrize(
    ("raw", "path"), [(b"SSH-2.0-x\r\n", ""), (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", ""), (b"", "/a b")]
)
def test_what_speaks_no_http_is_one_line(cli: Cli, raw: bytes, path: str) -> None:
    def answer() -> None:
        with suppress(OSError):  # it is never asked where the URL is none
            there, _ = server.accept()
            with there:
                there.recv(4096)
                there.sendall(raw)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}{path}"
        code, out, err = cli("--set", f"releases.url={url}", "version", "--check")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("newel: cannot tell: ")


def test_offline_is_one_line(cli: Cli) -> None:
    with listing(b"") as (url, _):
        pass
    code, _, err = cli("--set", f"releases.url={url}", "version", "--check")
    assert code == 1
    assert err.startswith(f"newel: cannot tell: {url} does not answer (")
    assert cli("--set", "releases.url=file:///etc/passwd", "version", "--check")[0] == 2


@pytest.mark.parametrize(
    ("releases", "current", "latest"),
    [
        ({"1.10.0": GOOD, "1.9.0": GOOD}, "1.9.0", "1.10.0"),
        ({"2.0.0rc1": GOOD}, "1.0.0", "1.0.0"),
        ({"2.0.0rc1": GOOD, "2.0.0b1": GOOD}, "2.0.0a1", "2.0.0rc1"),
        ({"2.0.0": GOOD, "2.0.0rc1": GOOD}, "2.0.0rc1", "2.0.0"),
        ({"2.0.0": [{"yanked": True}]}, "1.0.0", "1.0.0"),
        ({"2.0.0": []}, "1.0.0", "1.0.0"),
        ({"2.0.0": [{"requires_python": ">=9"}]}, "1.0.0", "1.0.0"),
        ({"2.0.0": [{"requires_python": "nonsense"}], "no version": GOOD}, "1.0.0", "1.0.0"),
    ],
)
def test_which_release_counts(releases: dict[str, Any], current: str, latest: str) -> None:
    found = standing({"releases": releases}, current)
    assert (found.latest, found.newer) == (latest, latest != current)


def test_only_addresses_that_can_be_opened_are_shown() -> None:
    for urls in ({"Changelog": "javascript:x"}, {"Changelog": 5}, None, []):
        assert standing({"releases": {}, "info": {"project_urls": urls}}, "1.0").read == ""
    with pytest.raises(Transient):
        standing({"releases": None}, "1.0")
