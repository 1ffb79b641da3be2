"""Routes that plugins serve by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from newel import PUBLIC, Malformed
from newel.contracts.http import HttpAnswer, HttpFault, Route
from newel.errors import BootError
from newel_http import query
from newel_http.exchange import Exchange
from newel_http.operations import BASE
from newel_http.probes import PROBES
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel_http.config import HttpConfig

RESERVED = ("", "api", *PROBES)
"""What no path at the root begins with; empty where it begins with a part."""


class RouteDoor:
    """One route: the door checks who asks, the query's names and the body's size, the handler does the rest."""

    def __init__(self, config: HttpConfig, owner: str, route: Route) -> None:
        self._config = config
        self._owner = owner
        self._route = route

    def entry(self) -> Entry:
        one = self._route
        if one.base == "root" and one.path[1:].partition("/")[0].partition("{")[0] in RESERVED:
            raise BootError(f"{self._owner}: '{one.path}' is no path at the root: it must begin with a name of its own")
        if one.shared and one.needs is not PUBLIC:
            raise BootError(f"{self._owner}: {one.method} {one.path} is shared, but needs {one.needs.name}")
        return Entry(
            method=one.method, path=path_of(one), owner=self._owner, needs=one.needs, handle=self.handle,
            parameters=query.shapes_named(one.query), route=one,
        )  # fmt: skip

    async def handle(self, exchange: Exchange) -> HttpAnswer:
        assert exchange.call is not None and exchange.entry is not None  # noqa: S101, PT018 - the door saw to it
        if not self._route.any_query:
            query.taken(exchange.query, exchange.entry.parameters)
        if exchange.comes_with_body and not self._route.max_body:
            raise Malformed("this address takes no body")
        if exchange.comes_with_body and self._route.takes:
            self._check_media_type(exchange)
        exchange.max_body = self._route.max_body
        exchange.patience, exchange.rate = self._config.body_seconds, self._config.body_rate
        answer = await self._route.handler(exchange, exchange.call)
        if exchange.method == "OPTIONS" and "Allow" not in answer.headers:
            return evolve(answer, headers={"Allow": exchange.allowed, **answer.headers})
        return answer

    def _check_media_type(self, exchange: Exchange) -> None:
        media = exchange.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media not in self._route.takes:
            takes = ", ".join(self._route.takes)
            raise HttpFault(415, "unsupported_media_type", f"this address takes {takes}")


def path_of(route: Route) -> str:
    """The whole path of a route."""
    return route.path if route.base == "root" else BASE + route.path
