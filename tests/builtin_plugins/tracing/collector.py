"""A collector on loopback: takes spans as OTLP over HTTP, and shows them as trees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from attrs import Factory, define, frozen
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SECONDS = 20


@frozen
class Seen:
    """A span as it arrived."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    begun: int
    ended: int
    failed: bool
    facts: Mapping[str, Any]
    links: tuple[tuple[str, str], ...]


@define
class Collector:
    url: str = ""
    spans: list[Seen] = Factory(list)
    headers: list[Mapping[str, str]] = Factory(list)
    resources: list[Mapping[str, Any]] = Factory(list)
    bodies: list[bytes] = Factory(list)
    messages: list[ExportTraceServiceRequest] = Factory(list)
    status: int = 200
    held: asyncio.Event = Factory(asyncio.Event)
    """While it is not set, nobody gets an answer."""
    came: asyncio.Event = Factory(asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert request.path == "/v1/traces"
        self.headers.append(request.headers)
        self.bodies.append(body)
        self.came.set()
        await self.held.wait()
        if self.status == 200:
            self._keep(ExportTraceServiceRequest.FromString(body))
        self.came.set()
        return web.Response(status=self.status)

    def _keep(self, message: ExportTraceServiceRequest) -> None:
        self.messages.append(message)
        for resource in message.resource_spans:
            self.resources.append(_facts(resource.resource.attributes))
            for scope in resource.scope_spans:
                self.spans += [
                    Seen(
                        one.trace_id.hex(), one.span_id.hex(), one.parent_span_id.hex(), one.name, one.kind,
                        one.start_time_unix_nano, one.end_time_unix_nano, one.status.code == 2,
                        _facts(one.attributes), tuple((to.trace_id.hex(), to.span_id.hex()) for to in one.links),
                    )
                    for one in scope.spans
                ]  # fmt: skip

    async def until(self, name: str) -> Seen:
        """The first span of that name, when it has come."""
        async with asyncio.timeout(SECONDS):
            while True:
                found = [one for one in self.spans if one.name == name]
                if found:
                    return found[0]
                self.came.clear()
                await self.came.wait()

    def tree(self, root: Seen) -> Any:
        """Its name, or its name and what is below it, in order of time."""
        below = sorted((one for one in self.spans if one.parent == root.id), key=lambda one: one.begun)
        return (root.name, [self.tree(one) for one in below]) if below else root.name

    def named(self, name: str) -> list[Seen]:
        return [one for one in self.spans if one.name == name]


def _facts(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@asynccontextmanager
async def collecting(*, held: bool = False) -> AsyncIterator[Collector]:
    made = Collector()
    if not held:
        made.held.set()
    app = web.Application()
    app.router.add_post("/{rest:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        made.held.set()
        await runner.cleanup()
