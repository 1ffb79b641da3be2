"""From an answer to the bytes on the wire: 304, gzip, and the headers that every answer carries.

The order is fixed: 304 → gzip (with a tag of its own) → security headers → CORS → ``Vary``. A header that the answer
sets itself stays, but for ``Cache-Control`` where credentials were sent: that is ``private, no-store``, unless the
route promises that the answer does not depend on who asks (``Route.shared``: files whose address is their content).
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import evolve
from multidict import CIMultiDict

from newel.context import PUBLIC
from newel.contracts.http import HttpAnswer
from newel_http import conditional
from newel_http.cors import Cors
from newel_http.streams import closed, streamed
from newel_http.traces import told

if TYPE_CHECKING:
    from newel_http.config import HttpConfig
    from newel_http.exchange import Exchange

SMALL = 1024
"""Bytes below which gzip gains nothing."""
LARGE = 131_072
"""Bytes from which gzip is left to a thread."""
LEVEL = 5
YEAR = 31_536_000
PRIVATE = "private, no-store"
ZIPS = ("application/json", "application/problem+json", "text/", "application/javascript", "image/svg+xml")
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "newel",
}


class Finisher:
    """Makes aiohttp responses of answers."""

    def __init__(self, config: HttpConfig) -> None:
        self._compress = config.compress
        self._patience = config.idle_seconds
        self.cors = Cors(config.cors_origins)
        self._base = CIMultiDict(SECURITY)
        if config.hsts_seconds:
            self._base["Strict-Transport-Security"] = f"max-age={config.hsts_seconds}; includeSubDomains"
        elif config.hsts_seconds is None and config.certificate:
            self._base["Strict-Transport-Security"] = f"max-age={YEAR}"

    async def finish(self, answer: HttpAnswer, exchange: Exchange) -> web.StreamResponse:
        """The response. A stream's response is already sent when this returns."""
        asked = exchange.request.headers
        headers = self._base.copy()
        headers.update(answer.headers)
        headers["X-Request-Id"] = exchange.request_id
        if exchange.span is not None and (trace := told(exchange)):
            headers["X-Trace-Id"] = trace
        vary = [headers["Vary"]] if "Vary" in headers else []
        self._caching(headers, exchange, vary)
        if self.cors.on:
            route = exchange.entry.route if exchange.entry is not None else None
            headers.update(self.cors.headers(asked.get("Origin"), route.exposes if route is not None else ()))
            if self.cors.varies:
                vary.append("Origin")
        answer = await self._unchanged(answer, headers, exchange)
        if isinstance(answer.body, bytes) and self._zips(headers):
            vary.append("Accept-Encoding")
            if len(answer.body) >= SMALL and accepts_gzip(asked.get("Accept-Encoding", "")):
                answer = await _zipped(answer, headers)
        if vary:
            headers["Vary"] = ", ".join(vary)
        if isinstance(answer.body, bytes):
            return _whole(answer, headers, exchange)
        return await streamed(answer.status, answer.body, headers, exchange, self._patience)

    def last(self, answer: HttpAnswer, request_id: str) -> web.Response:
        """An answer outside the usual order, after which the connection is closed."""
        assert isinstance(answer.body, bytes)  # noqa: S101 - a problem
        headers = self._base.copy()
        headers.update({**answer.headers, "X-Request-Id": request_id})
        response = web.Response(status=answer.status, headers=headers, body=answer.body)
        response.force_close()
        return response

    def _caching(self, headers: CIMultiDict[str], exchange: Exchange, vary: list[str]) -> None:
        entry = exchange.entry
        shared = entry is not None and entry.route is not None and entry.route.shared
        if (exchange.token and not shared) or (entry is not None and entry.needs is not PUBLIC):
            headers["Cache-Control"] = PRIVATE
        elif "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-cache"
        elif not shared and "no-store" not in headers["Cache-Control"]:
            vary.append("Authorization")

    async def _unchanged(self, answer: HttpAnswer, headers: CIMultiDict[str], exchange: Exchange) -> HttpAnswer:
        """The same as the client has: 304 without a body."""
        seen, tag = exchange.request.headers.get("If-None-Match"), headers.get("ETag")
        if seen is None or tag is None or answer.status not in (200, 304) or exchange.method not in ("GET", "HEAD"):
            return answer
        if not conditional.matches(seen, tag.removeprefix("W/")):
            return answer
        if conditional.zipped(tag) in seen:
            headers["ETag"] = conditional.zipped(tag)
        if not isinstance(answer.body, bytes):
            await closed(answer.body)
        return evolve(answer, status=304, body=b"")

    def _zips(self, headers: CIMultiDict[str]) -> bool:
        if not self._compress or "Content-Encoding" in headers or "Content-Range" in headers:
            return False
        return headers.get("Content-Type", "").startswith(ZIPS)


def accepts_gzip(header: str) -> bool:
    """Whether an ``Accept-Encoding`` allows gzip: named (or ``*``) and not with a weight of zero."""
    if not header:
        return False
    weights = {}
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = parameters.replace(" ", "")
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and not (weight.startswith("q=0") and weight[3:].strip(".0") == "")


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


async def _zipped(answer: HttpAnswer, headers: CIMultiDict[str]) -> HttpAnswer:
    assert isinstance(answer.body, bytes)  # noqa: S101 - asked before
    body = _gzip(answer.body) if len(answer.body) < LARGE else await asyncio.to_thread(_gzip, answer.body)
    headers["Content-Encoding"] = "gzip"
    if "ETag" in headers:
        headers["ETag"] = conditional.zipped(headers["ETag"])
    return evolve(answer, body=body)


def _whole(answer: HttpAnswer, headers: CIMultiDict[str], exchange: Exchange) -> web.Response:
    assert isinstance(answer.body, bytes)  # noqa: S101 - asked before
    if answer.status in (204, 304):
        for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
            headers.popall(name, None)
    # aiohttp leaves a HEAD's body out and keeps its length.
    return web.Response(status=answer.status, headers=headers, body=answer.body or None)
