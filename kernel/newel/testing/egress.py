"""``FakeEgress``: outgoing requests that stay in the test."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import ClassVar
from urllib.parse import urljoin

from attrs import Factory, evolve, frozen

from newel.app import App
from newel.contracts.egress import Egress, EgressFailed, EgressRefused, Incoming, Outgoing
from newel.manifest import Manifest


@frozen
class Page:
    """What a URL answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = Factory(dict)


class FakeEgress:
    """Answers from ``pages`` by URL, where an error is raised, and keeps what it was asked in ``requests``.

    A URL that is not in ``pages`` could not be reached. ``EgressSuite`` keeps it like the real one, but it knows no
    rules: what is refused has an ``EgressRefused`` in ``pages``.
    """

    manifest: ClassVar[Manifest] = Manifest(
        name="fake_egress",
        summary="Outgoing requests for tests.",
        load="newel.testing.egress:FakeEgress",
        provides=(Egress,),
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self.pages: dict[str, Page | EgressRefused | EgressFailed] = {}
        self.requests: list[Outgoing] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Egress, self)
        yield

    async def check(self, url: str) -> None:
        found = self.pages.get(url)
        if isinstance(found, EgressRefused):
            raise found

    @asynccontextmanager
    async def send(self, request: Outgoing) -> AsyncIterator[Incoming]:
        page = self._page(request)
        followed = 0
        while request.method in ("GET", "HEAD") and page.status in (301, 302, 303, 307, 308):
            location = next((value for name, value in page.headers.items() if name.lower() == "location"), None)
            if not request.redirects or location is None:
                break
            if followed == request.redirects:
                raise EgressFailed(f"it redirects more than {followed} times")
            followed += 1
            request = evolve(request, url=urljoin(request.url, location))
            page = self._page(request)
        headers = {name.lower(): value for name, value in page.headers.items()}
        body = b"" if request.method == "HEAD" else page.body
        async with aclosing(_pieces(body, request.max_bytes)) as pieces:
            yield Incoming(status=page.status, url=request.url, headers=headers, pieces=pieces)

    def _page(self, request: Outgoing) -> Page:
        self.requests.append(request)
        page = self.pages.get(request.url, EgressFailed("it could not be reached"))
        if not isinstance(page, Page):
            raise page
        return page


async def _pieces(body: bytes, most: int) -> AsyncGenerator[bytes, None]:
    """In two, so that whoever takes the first for the whole is found out."""
    if len(body) > most:
        raise EgressFailed(f"its answer is larger than {most} bytes")
    half = len(body) // 2
    for piece in (body[:half], body[half:]):
        if piece:
            yield piece
