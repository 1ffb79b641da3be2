"""From an answer to the bytes on the wire: 304, gzip, and the headers that every answer carries.

The order is fixed: 304 → gzip (with a tag of its own) → security headers → CORS → ``Vary``. A header that the answer
sets itself stays, but for ``Cache-Control`` where credentials were sent: that is always ``private, no-store``.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import evolve
from multidict import CIMultiDict

from newel.context import PUBLIC
from newel.contracts.http import HttpAnswer
from newel_http import conditional
from newel_http.cors import Cors

if TYPE_CHECKING:
    from newel_http.config import HttpConfig
    from newel_http.exchange import Exchange

SMALL = 1024
"""Bytes below which gzip gains nothing."""
LARGE = 131_072
"""Bytes from which gzip is left to a thread."""
LEVEL = 5
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
        self.cors = Cors(config.cors_origins)
        self._base = CIMultiDict(SECURITY)
        if config.hsts_seconds:
            self._base["Strict-Transport-Security"] = f"max-age={config.hsts_seconds}; includeSubDomains"

    async def finish(self, answer: HttpAnswer, exchange: Exchange) -> web.StreamResponse:
        """The response. A stream's response is already sent when this returns."""
        asked = exchange.request.headers
        headers = self._base.copy()
        headers.update(answer.headers)
        headers["X-Request-Id"] = exchange.request_id
        vary = [headers["Vary"]] if "Vary" in headers else []
        self._caching(headers, exchange, vary)
        if self.cors.on:
            headers.update(self.cors.headers(asked.get("Origin")))
            if self.cors.varies:
                vary.append("Origin")
        answer = self._unchanged(answer, headers, exchange)
        if isinstance(answer.body, bytes) and self._zips(headers):
            vary.append("Accept-Encoding")
            if len(answer.body) >= SMALL and accepts_gzip(asked.get("Accept-Encoding", "")):
                answer = await _zipped(answer, headers)
        if vary:
            headers["Vary"] = ", ".join(vary)
        if isinstance(answer.body, bytes):
            return _whole(answer, headers, exchange)
        return await _stream(answer.status, answer.body, headers, exchange)

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
        if exchange.token or (entry is not None and entry.needs is not PUBLIC):
            headers["Cache-Control"] = PRIVATE
        elif "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-cache"
        elif "no-store" not in headers["Cache-Control"]:
            vary.append("Authorization")

    def _unchanged(self, answer: HttpAnswer, headers: CIMultiDict[str], exchange: Exchange) -> HttpAnswer:
        """The same as the client has: 304 without a body."""
        seen, tag = exchange.request.headers.get("If-None-Match"), headers.get("ETag")
        if seen is None or tag is None or answer.status not in (200, 304) or exchange.method not in ("GET", "HEAD"):
            return answer
        if not conditional.matches(seen, tag.removeprefix("W/")):
            return answer
        if conditional.zipped(tag) in seen:
            headers["ETag"] = conditional.zipped(tag)
        return evolve(answer, status=304, body=b"") if isinstance(answer.body, bytes) else answer

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
        headers.popall("Content-Type", None)
        headers.popall("Content-Security-Policy", None)
    # aiohttp leaves a HEAD's body out and keeps its length.
    return web.Response(status=answer.status, headers=headers, body=answer.body or None)


async def _stream(
    status: int, pieces: AsyncIterator[bytes], headers: CIMultiDict[str], exchange: Exchange
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    if "Content-Length" in headers:
        response.content_length = int(headers["Content-Length"])
    await response.prepare(exchange.request)
    if exchange.method != "HEAD":
        async for piece in pieces:
            await response.write(piece)
    await response.write_eof()
    return response
