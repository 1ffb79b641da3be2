"""One request on its way through the door."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from aiohttp import HttpVersion11
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError
from attrs import define

from newel import TooLarge
from newel.context import Call
from newel.contracts.http import BodyCut, BodyTooSlow, HttpAnswer, HttpFault
from newel.contracts.tracing import Span
from newel.errors import NewelError
from newel.secrets import MASK
from newel.visits import Visit
from newel_http import problems, query

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest

    from newel_http.router import Entry

ID_BYTES = 128
SECRETS = frozenset(("code", "password", "secret", "signature", "token"))
"""``{parts}`` of paths that give who knows them a right."""


@define(eq=False)
class Exchange:
    """The request as routes see it (``newel.contracts.http.HttpRequest``), and what the door has found out so far."""

    request: BaseRequest
    request_id: str
    method: str
    path: str
    """The path as it was sent: percent-encoded, without the query."""
    query_text: str
    ip: str | None
    max_params: int
    entry: Entry | None = None
    visit: Visit = None
    """Of the plugin whose entry it is."""
    params: Mapping[str, str] = {}
    span: Span | None = None
    call: Call | None = None
    allowed: str = ""
    """The methods of the path, where ``OPTIONS`` asks."""
    token: bool = False
    """Whether credentials were sent, so that no shared cache may keep the answer."""
    _pairs: query.Pairs | None = None
    _headers: dict[str, str] | None = None
    max_body: int = 0
    patience: float = 30.0
    """Seconds that a body may be waited for before it has to have brought something."""
    rate: float = math.inf
    """Bytes that earn a second of ``patience``."""

    @property
    def told_path(self) -> str:
        """The path as a log may have it: parts that are credentials are left out."""
        entry = self.entry
        if entry is None or SECRETS.isdisjoint(entry.names):
            return self.path
        parts = zip_longest(self.path.split("/"), entry.path.split("/"), fillvalue="")
        return "/".join(MASK if part.strip("{}") in SECRETS and part[:1] == "{" else said for said, part in parts)

    @property
    def query(self) -> query.Pairs:
        if self._pairs is None:
            self._pairs = query.pairs_of(self.query_text, self.max_params)
        return self._pairs

    @property
    def nested(self) -> Mapping[str, Any]:
        return query.taken(self.query, {} if self.entry is None else self.entry.parameters)

    @property
    def headers(self) -> Mapping[str, str]:
        if self._headers is None:
            made: dict[str, str] = {}
            for name, value in self.request.headers.items():
                lower = name.lower()
                made[lower] = f"{made[lower]}, {value}" if lower in made else value
            self._headers = made
        return self._headers

    @property
    def comes_with_body(self) -> bool:
        return self.request.body_exists and self.request.content_length != 0

    async def body(self) -> AsyncIterator[bytes]:
        """The body in pieces as they arrive. Raises ``TooLarge`` past ``max_body``, counted, not believed; ``BodyCut``.

        Time is a bucket: waiting empties it, bytes fill it. So silence and trickling both end, at any size, and the
        time that the handler takes between two pieces does not count.
        """
        if (self.request.content_length or 0) > self.max_body:
            raise self._too_large()
        await self._encourage()
        count, left, clock = 0, self.patience, asyncio.get_running_loop().time
        while True:
            begun = clock()
            try:
                async with asyncio.timeout(left):
                    piece = await self.request.content.readany()
            except TimeoutError:
                raise BodyTooSlow("the body took too long to arrive") from None
            except (RequestPayloadError, HttpProcessingError):
                raise BodyCut("the body's framing is broken", code="malformed") from None
            except ConnectionError:
                raise BodyCut("the client went away before the end of the body") from None
            if not piece:
                return
            count += len(piece)
            left = min(self.patience, left - (clock() - begun) + len(piece) / self.rate)
            if count > self.max_body:
                raise self._too_large()
            yield piece

    def problem(self, error: NewelError) -> HttpAnswer:
        return problems.answer_to(error, self.path, self.request_id, self.entry)

    async def whole_body(self, seconds: float) -> bytes:
        """The whole body, which must arrive within ``seconds``."""
        if not self.comes_with_body:
            return b""
        try:
            async with asyncio.timeout(seconds):
                return b"".join([piece async for piece in self.body()])
        except TimeoutError:
            raise HttpFault(408, "request_timeout", f"the body took longer than {seconds:g} s to arrive") from None

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the body is larger than {self.max_body} bytes", extra={"max_bytes": self.max_body})

    async def _encourage(self) -> None:
        """Clients such as curl wait for this before they send a large body; who is refused never sends it."""
        if self.request.headers.get("Expect", "").lower() == "100-continue" and self.request.version == HttpVersion11:
            await self.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.request.writer.output_size = 0
