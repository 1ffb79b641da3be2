"""Routes that plugins serve by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import Malformed
from newel.contracts.http import HttpAnswer, Route
from newel_http import query
from newel_http.exchange import Exchange
from newel_http.operations import BASE
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel_http.config import HttpConfig


class RouteDoor:
    """One route: the door checks who asks, the query's names and the body's size, the handler does the rest."""

    def __init__(self, config: HttpConfig, owner: str, route: Route) -> None:
        self._config = config
        self._owner = owner
        self._route = route

    def entry(self) -> Entry:
        one = self._route
        return Entry(
            method=one.method, path=BASE + one.path, owner=self._owner, needs=one.needs, handle=self.handle,
            parameters=query.shapes_named(one.query),
        )  # fmt: skip

    async def handle(self, exchange: Exchange) -> HttpAnswer:
        assert exchange.call is not None and exchange.entry is not None  # noqa: S101, PT018 - the door saw to it
        query.taken(exchange.query, exchange.entry.parameters)
        if exchange.comes_with_body and not self._route.max_body:
            raise Malformed("this address takes no body")
        exchange.max_body = self._route.max_body
        exchange.piece_seconds = self._config.body_seconds
        return await self._route.handler(exchange, exchange.call)
