"""The addresses below ``/delivery``. Each reads its parameters and hands them to the composer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from attrs import evolve

from newel import PUBLIC, Call
from newel.contracts.content import Content
from newel.contracts.http import Handler, HttpAnswer, HttpRequest, Route
from newel_delivery.asking import FEED, MANY, ONE, PAGE, TABLE, Asked, FeedQuery, PageQuery, TableQuery, parameters
from newel_delivery.composing import Composed, Composer
from newel_delivery.config import DeliveryConfig
from newel_delivery.permissions import READ_PRIVATE
from newel_delivery.plugged import PRIVATE, Plugged

if TYPE_CHECKING:
    from newel.app import App

ASK_AGAIN = "public, no-cache"
"""A build that was started by a publish must not get the feed from before it."""
CONTINUED = {"routes": "after", "changes": "since"}
"""The parameter that leads to the next page, where it is not ``cursor``. No type has these names."""
KEYS_LENGTH = 4000
"""The longest ``Surrogate-Key``; CDNs take 4 to 16 kB. Types come first, so that a purge by type always hits."""


class Delivery:
    """All routes of delivery."""

    _composer: Composer
    _plugged: Plugged

    def __init__(self, app: App, config: DeliveryConfig) -> None:
        self._app = app
        self._policy = (
            f"public, max-age={config.max_age}, s-maxage={config.shared_max_age}, "
            f"stale-while-revalidate={config.stale_while_revalidate}"
        )

    def open(self, content: Content) -> None:
        """Content is there."""
        self._composer = Composer(content)
        self._plugged = Plugged(self._app, self._composer)

    def routes(self) -> list[Route]:
        return [
            _route("/pages", self.page, "The home page", PAGE),
            _route("/pages/{path...}", self.page, "The page at a path, or where it has gone", PAGE),
            _route("/globals", self.singles, "All globals: the entries of types with a single one", ONE),
            _route("/globals/{type}", self.single, "One global", ONE),
            _route("/routes", self.table, "The route table of a locale, in order of path", TABLE),
            _route("/locales", self.locales, "The languages of the content", {}),
            _route("/changes", self.changes, "What was published and unpublished since a token", FEED),
            _route("/{type}", self.many, "Published entries of a type", MANY),
            _route("/{type}/{key}", self.one, "One published entry, by id or slug", ONE),
        ]

    async def page(self, request: HttpRequest, call: Call) -> HttpAnswer:
        query = self._query(request, "page")
        return await self._answer(request, Asked(kind="page", query=query, key=request.params.get("path", "")), call)

    async def singles(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return await self._answer(request, Asked(kind="singles", query=self._query(request, "any")), call)

    async def single(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return await self._answer(request, Asked(kind="single", query=self._query(request)), call)

    async def table(self, request: HttpRequest, call: Call) -> HttpAnswer:
        table = parameters(self._app.structurer, request, TableQuery)
        return await self._answer(request, Asked(kind="routes", table=table), call)

    async def locales(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return await self._answer(request, Asked(kind="locales"), call)

    async def changes(self, request: HttpRequest, call: Call) -> HttpAnswer:
        feed = parameters(self._app.structurer, request, FeedQuery)
        return await self._answer(request, Asked(kind="changes", feed=feed), call)

    async def many(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return await self._answer(request, Asked(kind="list", query=self._query(request)), call)

    async def one(self, request: HttpRequest, call: Call) -> HttpAnswer:
        asked = Asked(kind="one", query=self._query(request), key=request.params["key"])
        return await self._answer(request, asked, call)

    def _query(self, request: HttpRequest, type: str | None = None) -> PageQuery:
        return parameters(self._app.structurer, request, PageQuery, type=type or request.params["type"])

    async def _answer(self, request: HttpRequest, asked: Asked, call: Call) -> HttpAnswer:
        private = call.actor.may(READ_PRIVATE)
        asked = evolve(asked, private=True) if private else asked
        if self._plugged.wanted(asked):
            return await self._plugged.answer(request, asked, call, lambda made: self._headers(request, made, private))
        composed = await self._composer.compose(asked)
        return HttpAnswer(headers=self._headers(request, composed, private), body=composed.body)

    def _headers(self, request: HttpRequest, composed: Composed, private: bool) -> dict[str, str]:
        """304 is the door's: it compares the tag, and sends these headers with it."""
        headers = {
            "Content-Type": "application/json",
            "ETag": composed.etag,
            "Cache-Control": PRIVATE if private else self._policy if composed.lasting else ASK_AGAIN,
        }
        if composed.keys:
            headers["Surrogate-Key"] = _shortened(composed.keys)
        if composed.locales:
            headers["Content-Language"] = ", ".join(composed.locales)
        if composed.modified:
            headers["Last-Modified"] = format_datetime(datetime.fromisoformat(composed.modified), usegmt=True)
        if composed.next is not None:
            headers["Link"] = f'<{_following(request, composed.next)}>; rel="next"'
        return headers


def _route(path: str, handler: Handler, summary: str, query: Mapping[str, str]) -> Route:
    return Route(method="GET", path=f"/delivery{path}", handler=handler, needs=PUBLIC, summary=summary, query=query)


def _following(request: HttpRequest, cursor: str) -> str:
    """This address with the cursor of the next page."""
    name = CONTINUED.get(request.path.rpartition("/")[2], "cursor")
    pairs = [(key, value) for key, value in request.query if key != name]
    return f"{quote(request.path, safe='/%')}?{urlencode([*pairs, (name, cursor)], quote_via=quote)}"


def _shortened(keys: tuple[str, ...]) -> str:
    """As many as fit, whole."""
    text = " ".join(keys)
    return text if len(text) <= KEYS_LENGTH else text[:KEYS_LENGTH].rpartition(" ")[0]
