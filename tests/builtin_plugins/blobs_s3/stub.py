"""A server that answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field

LISTING = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
Answer = Callable[[web.Request, bytes], web.StreamResponse | Awaitable[web.StreamResponse] | None]


@define
class Stub:
    """``answer`` may answer; else a write is well and a listing is empty."""

    answer: Answer = lambda request, body: None
    asked: list[tuple[web.Request, bytes]] = field(factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append((request, body))
        told = self.answer(request, body)
        if told is not None:
            return await told if inspect.isawaitable(told) else told
        return web.Response(text=LISTING if request.method == "GET" else "", headers={"ETag": '"x"'})


@asynccontextmanager
async def serving(answer: Answer | None = None) -> AsyncIterator[Stub]:
    stub = Stub() if answer is None else Stub(answer)
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{any:.*}", stub.handle)
    async with TestServer(application) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub


def fault(status: int, code: str, more: str = "", **headers: str) -> web.Response:
    text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>m</Message>{more}</Error>'
    return web.Response(status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()})
