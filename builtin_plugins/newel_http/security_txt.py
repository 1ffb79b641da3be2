"""``/.well-known/security.txt`` (RFC 9116): whom to tell of a hole in this site."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from newel.context import PUBLIC
from newel.contracts.http import HttpAnswer
from newel_http import query
from newel_http.exchange import Exchange
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

PATH = "/.well-known/security.txt"
GOOD = timedelta(days=180)
"""The RFC wants less than a year."""
HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "public, max-age=86400"}


class SecurityTxt:
    """Made when it is asked for: it never expires while the site runs."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._config = config

    def entries(self) -> list[Entry]:
        if not self._config.security_contact:
            return []
        return [Entry(method="GET", path=PATH, owner="http", needs=PUBLIC, handle=self.answer)]

    async def answer(self, exchange: Exchange) -> HttpAnswer:
        query.taken(exchange.query, {})
        lines = [f"Contact: {one}" for one in self._config.security_contact]
        lines.append(f"Expires: {self._app.clock.now() + GOOD:%Y-%m-%dT00:00:00Z}")
        if self._config.security_policy:
            lines.append(f"Policy: {self._config.security_policy}")
        return HttpAnswer(headers=HEADERS, body="\n".join([*lines, ""]).encode())
