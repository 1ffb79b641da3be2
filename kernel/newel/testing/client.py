"""A small HTTP client for tests, over a real loopback socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from attrs import frozen

from newel.app import App
from newel.contracts.http import HttpServer

if TYPE_CHECKING:
    import aiohttp


@frozen
class Answer:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.body[:300]!r}>"


class Client:
    """Requests against a serving application. ``token`` signs every request in.

    ``async with Client.of(app) as client: answer = await client.get("/api/v1/types")``
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None = None) -> None:
        self._session = session
        self.url = url
        self._token = token

    @classmethod
    @asynccontextmanager
    async def of(cls, app: App, token: str | None = None) -> AsyncIterator[Client]:
        import aiohttp

        async with aiohttp.ClientSession(auto_decompress=True) as session:
            yield cls(session, app.need(HttpServer).url, token)

    def signed_in(self, token: str | None) -> Client:
        """The same client with another token (``None``: anonymous)."""
        return Client(self._session, self.url, token)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
    ) -> Answer:
        from yarl import URL

        sent = dict(headers or {})
        if self._token is not None:
            sent.setdefault("Authorization", f"Bearer {self._token}")
        extra: dict[str, Any] = {"json": json} if body is None and json is not None else {"data": body}
        url = URL(self.url + path, encoded=True)
        if params:
            url = url.update_query(params)
        async with self._session.request(method, url, headers=sent, allow_redirects=False, **extra) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.read())

    async def get(self, path: str, **details: Any) -> Answer:
        return await self.request("GET", path, **details)

    async def post(self, path: str, **details: Any) -> Answer:
        return await self.request("POST", path, **details)

    async def put(self, path: str, **details: Any) -> Answer:
        return await self.request("PUT", path, **details)

    async def patch(self, path: str, **details: Any) -> Answer:
        return await self.request("PATCH", path, **details)

    async def delete(self, path: str, **details: Any) -> Answer:
        return await self.request("DELETE", path, **details)
