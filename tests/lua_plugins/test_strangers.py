"""Plugins that were written from the Go system's documentation, by somebody who had not seen our code: they run as they
are, in a site that serves, and do what their users expect. What is in ``strangers`` is never changed to fit."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newel.testing.lua import lua_tests
from tests.lua_plugins.driving import STRANGERS, enabled, furnish, people, perform
from tests.lua_plugins.expected import content, language, storing
from tests.lua_plugins.expected.steps import Step
from tests.support import Site, running

pytestmark = [pytest.mark.slow, pytest.mark.engines("sqlite")]
Tokens = dict[str | None, str | None]

TABLES: dict[str, list[Step]] = {
    "bookmarks": storing.BOOKMARKS,
    "analytics": storing.ANALYTICS,
    "tag_store": storing.TAG_STORE,
    "dashboard": storing.DASHBOARD,
    "legacy": [*language.LEGACY, *language.VARARGS, *language.RUNAWAY],
    "content_guard": content.GUARD,
    "notifier": content.NOTIFIER,
    "paywall": content.PAYWALL,
    "related_posts": content.RELATED,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, shop: ThreadingHTTPServer) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("strangers")
    furnish(folder, shop.server_port)
    with running(folder) as made:
        yield made
        assert made.stop() == 0


@pytest.fixture(scope="module")
def tokens(site: Site) -> Tokens:
    return people(site)


@pytest.mark.parametrize("name", TABLES)
def test_a_stranger_does_what_its_users_expect(site: Site, tokens: Tokens, name: str) -> None:
    with enabled(site, name):
        perform(site, name, TABLES[name], tokens)


def test_a_plugin_runs_after_the_one_that_it_depends_on(site: Site, tokens: Tokens) -> None:
    with enabled(site, "tag_store", "tag_cloud"):
        perform(site, "tag_cloud", storing.TAG_CLOUD, tokens)


def test_calls_of_a_server_on_the_same_machine(site: Site, tokens: Tokens, shop: ThreadingHTTPServer) -> None:
    with enabled(site, "importer"):
        perform(site, "importer", content.importer(f"http://localhost:{shop.server_port}"), tokens)


def test_what_is_not_enabled_does_nothing(site: Site) -> None:
    assert site.api("GET", "/plugins/bookmarks/starred", anonymous=True).status == 404


test_own_bookmarks = lua_tests(STRANGERS / "bookmarks")
test_own_analytics = lua_tests(STRANGERS / "analytics")
test_own_content_guard = lua_tests(STRANGERS / "content_guard")
test_own_notifier = lua_tests(STRANGERS / "notifier")
test_own_paywall = lua_tests(STRANGERS / "paywall")
test_own_related_posts = lua_tests(STRANGERS / "related_posts")
test_own_importer = lua_tests(STRANGERS / "importer")
test_own_dashboard = lua_tests(STRANGERS / "dashboard")
test_own_tag_store = lua_tests(STRANGERS / "tag_store")
test_own_tag_cloud = lua_tests(STRANGERS / "tag_cloud")
test_own_legacy = lua_tests(STRANGERS / "legacy")


@pytest.fixture(scope="module")
def shop() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("localhost", 0), _Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class _Shop(BaseHTTPRequestHandler):
    """A feed of 250 products on two pages, and an item that tells what was sent."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/moved":
            self._answer(302, b"", location="/feed?page=1")
        elif path == "/large":
            self._answer(200, b"x" * (2 << 20))
        elif self.headers["X-Key"] != "K1":
            self._answer(401, b"")
        else:
            first, last = (0, 125) if query == "page=1" else (125, 250)
            items = [
                {"sku": f"p{n:03}", "name": f"Product {n}", "price": n + 0.5, "sizes": ["S", "M"]}
                for n in range(first, last)
            ]
            page = {"items": items} | ({"next": "/feed?page=2"} if first == 0 else {})
            self._answer(200, json.dumps(page).encode(), "application/json")

    def do_ITEM(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self._answer(200, self.command.encode() + b" " + sent)

    do_PUT = do_PATCH = do_DELETE = do_POST = do_ITEM

    def _answer(self, status: int, body: bytes, kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
