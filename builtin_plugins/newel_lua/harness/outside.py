"""The world outside, as tests of plugins make it up."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

from attrs import frozen

from newel import Manifest
from newel.app import App
from newel.contracts.egress import Egress, Incoming, Outgoing
from newel_lua.model import LuaFault

LARGEST = 1 << 20


@frozen
class Rule:
    """What a request is answered with. ``pattern`` is host and path, in which ``*`` may stand for anything."""

    method: str
    pattern: str
    status: int
    headers: dict[str, str]
    body: bytes

    def fits(self, request: Outgoing) -> bool:
        method = self.method in ("*", request.method.upper())
        return method and fnmatch.fnmatchcase(place(request.url), self.pattern)


def place(url: str) -> str:
    """Host and path: what a rule compares."""
    found = urlsplit(url if "://" in url else f"//{url}")
    return f"{found.hostname or ''}{f':{found.port}' if found.port else ''}{found.path or '/'}".rstrip("/")


def rule(method: str, url: str, told: dict[str, Any]) -> Rule:
    headers = {str(name).lower(): str(value) for name, value in (told.get("headers") or {}).items()}
    body = told.get("body") or b""
    if told.get("json") is not None:
        body = json.dumps(told["json"])
        headers.setdefault("content-type", "application/json")
    raw = body.encode() if isinstance(body, str) else bytes(body)
    return Rule(method.upper(), place(url), int(told.get("status") or 200), headers, raw)


class Outside:
    """Keeps ``Egress``: the latest rule that fits answers, and what fits none raises in the plugin: a test that
    forgot a rule must not pass for a server that is away. Nothing is sent anywhere."""

    manifest: ClassVar[Manifest] = Manifest(
        name="outside",
        summary="The world outside, made up.",
        load="newel_lua.harness.outside:Outside",
        provides=(Egress,),
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self.rules: list[Rule] = []
        self.requests: list[Outgoing] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Egress, self)
        yield

    async def check(self, url: str) -> None:
        """Every address may be called: the plugin's domains are the host's question."""

    @asynccontextmanager
    async def send(self, request: Outgoing) -> AsyncIterator[Incoming]:
        self.requests.append(request)
        found = next((one for one in reversed(self.rules) if one.fits(request)), None)
        if found is None:
            raise LuaFault(f"no rule matched {request.method} {place(request.url)}: test.mock_request makes one")
        async with aclosing(_whole(found.body)) as pieces:
            yield Incoming(status=found.status, url=request.url, headers=found.headers, pieces=pieces)


async def _whole(body: bytes) -> AsyncGenerator[bytes, None]:
    if body:
        yield body
