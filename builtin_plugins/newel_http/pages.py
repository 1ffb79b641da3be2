"""What the door tells of itself: the OpenAPI document, and a page that shows it to people."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

import orjson

from newel.context import PUBLIC
from newel.contracts.http import HttpAnswer
from newel_http import conditional, query
from newel_http.exchange import Exchange
from newel_http.openapi import document
from newel_http.operations import BASE, JSON
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel.app import App

OPENAPI = f"{BASE}/openapi.json"
DOCS = "/api/docs"


class Pages:
    """Both are made once, and anew when a plugin comes or goes. Schemas of content types, which change while the site
    runs, will come as a second document beside this one.
    """

    def __init__(self, app: App, page: HttpAnswer) -> None:
        self._app = app
        self._page = page
        self._openapi: HttpAnswer | None = None

    def entries(self) -> list[Entry]:
        handles = {OPENAPI: self.openapi, DOCS: self.docs, "/": self.home}
        return [
            Entry(method="GET", path=path, owner="http", needs=PUBLIC, handle=handle)
            for path, handle in handles.items()
        ]

    async def openapi(self, exchange: Exchange) -> HttpAnswer:
        query.taken(exchange.query, {})
        if self._openapi is None:
            body = orjson.dumps(document(self._app))
            headers = {"Content-Type": JSON, "ETag": conditional.hashed(body), "Cache-Control": "no-cache"}
            self._openapi = HttpAnswer(headers=headers, body=body)
        return self._openapi

    async def docs(self, exchange: Exchange) -> HttpAnswer:
        return self._page

    async def home(self, exchange: Exchange) -> HttpAnswer:
        return HttpAnswer(status=303, headers={"Location": DOCS})


def read_page() -> HttpAnswer:
    """The page with its style and script inside. Its policy lets it run nothing else and talk to this site only."""
    folder = files("newel_http") / "docs"
    style, script = ((folder / name).read_text("utf-8") for name in ("style.css", "script.js"))
    html = (folder / "page.html").read_text("utf-8").replace("/* style */", style).replace("/* script */", script)
    policy = [
        "default-src 'none'", "connect-src 'self'", "img-src data:", f"style-src {_hash(style)}",
        f"script-src {_hash(script)}", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ]  # fmt: skip
    body = html.encode()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(policy),
        "ETag": conditional.hashed(body),
    }
    return HttpAnswer(headers=headers, body=body)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
