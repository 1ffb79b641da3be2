"""docker/Caddyfile, run: what it adds, what it lets through, and what it sends twice."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from tests.nodes import Proxy, caddy
from tests.tools import ROOT, run, tool

MIB = 1 << 20


class Backend(BaseHTTPRequestHandler):
    """A node that breaks the connection at the first request for each path below /api/v1/breaks."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[Counter[str]] = Counter()
    forwarded: str | None = None

    def _answer(self) -> None:
        size = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.seen[self.path] += 1
        if self.path.startswith("/api/v1/breaks") and self.seen[self.path] == 1:
            self.close_connection = True
            return
        type(self).forwarded = self.headers.get("X-Forwarded-For")
        body = json.dumps({"size": size, "padding": "x" * 2000}).encode()
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), "ETag": '"r7"'}.items():
            self.send_header(name, str(value))
        if self.path == "/api/v1/framed":
            self.send_header("X-Frame-Options", "SAMEORIGIN")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = _answer

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    tool("caddy")
    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with caddy(tmp_path_factory.mktemp("caddy"), [server.server_port]) as made:
            yield made
        server.shutdown()
        thread.join()


def ask(
    proxy: Proxy, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPSConnection("localhost", proxy.port, timeout=30, context=proxy.trust())) as connection:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def test_the_file_is_formatted_and_valid() -> None:
    program, file = tool("caddy"), ROOT / "docker/Caddyfile"
    assert run(program, "fmt", file).returncode == 0
    ended = run(program, "adapt", "--config", file, "--adapter", "caddyfile", "--validate")
    assert ended.returncode == 0, ended.stderr
    assert "warn" not in ended.stderr, ended.stderr


def test_answers_get_security_headers_and_keep_their_own(proxy: Proxy) -> None:
    _, headers, _ = ask(proxy, "/api/v1/framed")
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "server" not in headers
    assert "h3" in headers["alt-svc"]


def test_plain_http_leads_to_https(proxy: Proxy) -> None:
    with closing(http.client.HTTPConnection("localhost", proxy.plain, timeout=30)) as connection:
        connection.request("GET", "/api/v1/x")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"].startswith("https://localhost")) == (308, True)


def test_what_a_node_sends_plain_is_compressed_under_a_tag_that_if_match_takes(proxy: Proxy) -> None:
    from newel_http.conditional import base_revision

    _, headers, body = ask(proxy, "/api/v1/x", Accept_Encoding="zstd, gzip")
    assert headers["content-encoding"] == "zstd"
    assert len(body) < 500
    assert headers["etag"] != '"r7"'
    assert base_revision(headers["etag"]) == 7


def test_a_client_cannot_say_where_it_comes_from(proxy: Proxy) -> None:
    ask(proxy, "/api/v1/x", X_Forwarded_For="8.8.8.8")
    assert Backend.forwarded in {"127.0.0.1", "::1"}


def test_a_request_is_small_and_a_file_may_be_large(proxy: Proxy) -> None:
    status, _, _ = ask(proxy, "/api/v1/content/post", "POST", b"x" * (5 * MIB))
    assert status == 413
    status, _, body = ask(proxy, "/api/v1/media/uploads/1", "PATCH", b"x" * (5 * MIB))
    assert (status, json.loads(body)["size"]) == (200, 5 * MIB)


@pytest.mark.parametrize(
    ("method", "headers", "status", "times"),
    [
        ("GET", {}, 200, 2),
        ("POST", {"Idempotency_Key": "k"}, 200, 2),
        ("POST", {}, 502, 1),
        ("PATCH", {}, 502, 1),
    ],
)
def test_only_what_cannot_happen_twice_is_sent_again(
    proxy: Proxy, method: str, headers: dict[str, str], status: int, times: int
) -> None:
    path = f"/api/v1/breaks/{method}/{len(headers)}"
    body = None if method == "GET" else b'{"data": {}}'
    answered, _, told = ask(proxy, path, method, body, **headers)
    assert (answered, Backend.seen[path]) == (status, times)
    if status == 200 and body:
        assert json.loads(told)["size"] == len(body)


def test_the_log_has_no_token_and_no_signature(proxy: Proxy) -> None:
    ask(proxy, "/media/1/x.webp?expires=9&signature=s3cr3t", Authorization="Bearer t0ps3cr3t")
    lines = [json.loads(line) for line in proxy.log.read_text().splitlines() if '"http.log.access.site"' in line]
    assert any(line["request"]["uri"].endswith("expires=9&signature=REDACTED") for line in lines)
    assert "s3cr3t" not in proxy.log.read_text()
