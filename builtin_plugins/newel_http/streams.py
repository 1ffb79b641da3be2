"""Answers that come in pieces. Whatever happens, their source is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import frozen
from multidict import CIMultiDict

from newel_http.connection import Connection

if TYPE_CHECKING:
    from newel_http.exchange import Exchange

PART = 65_536


class ClientGone(ConnectionError):
    """The client went away before the end of the answer."""


async def closed(pieces: AsyncIterator[bytes]) -> None:
    """Closes a source. One that was not begun costs nothing."""
    close = getattr(pieces, "aclose", None)
    if close is not None:
        await close()


async def streamed(
    status: int, pieces: AsyncIterator[bytes], headers: CIMultiDict[str], exchange: Exchange, patience: float
) -> web.StreamResponse:
    """Sends a stream. One of a known length is begun first, so that what its source raises can still be answered.

    Raises ``ClientGone`` at once when the client goes away, even while the source is being waited for, and when it
    takes nothing for ``patience`` seconds.
    """
    response = web.StreamResponse(status=status, headers=headers)
    length = int(headers["Content-Length"]) if "Content-Length" in headers else None
    if length is not None:
        response.content_length = length
    whole = exchange.method != "HEAD"
    protocol, loop = exchange.request.protocol, asyncio.get_running_loop()
    assert isinstance(protocol, Connection)  # noqa: S101 - our server makes no others
    try:
        async with asyncio.timeout(None) as scope:
            with protocol.when_lost(lambda: scope.reschedule(loop.time())):
                first = await anext(pieces, None) if whole and length is not None else b""
                await response.prepare(exchange.request)
                sent = 0
                if whole and first is not None:
                    sent = await _send(_Sink(response, protocol, patience), first, pieces)
                if whole and length is not None and sent != length:
                    raise RuntimeError(f"a stream of {length} bytes had {sent}")
                await response.write_eof()
    except ClientGone:
        raise
    except (TimeoutError, ConnectionError) as error:
        if scope.expired() or protocol.lost:
            raise ClientGone("the client went away") from None
        raise RuntimeError("the source of a stream broke off") from error
    finally:
        await closed(pieces)
    return response


@frozen
class _Sink:
    """Where the pieces go. A large one goes in parts, so that a slow client shows that it takes some."""

    response: web.StreamResponse
    protocol: Connection
    patience: float

    async def write(self, piece: bytes) -> int:
        for at in range(0, len(piece), PART):
            part = piece if len(piece) <= PART else memoryview(piece)[at : at + PART]
            try:
                async with asyncio.timeout(self.patience) as scope:
                    await self.response.write(part)
            except TimeoutError:
                if not scope.expired():
                    raise
                if self.protocol.transport is not None:
                    self.protocol.transport.abort()  # nobody reads, so what is buffered would stay for ever
                raise ClientGone("the client takes nothing") from None
        return len(piece)


async def _send(sink: _Sink, first: bytes, rest: AsyncIterator[bytes]) -> int:
    """How many bytes were sent."""
    sent = await sink.write(first)
    async for piece in rest:
        sent += await sink.write(piece)
    return sent
