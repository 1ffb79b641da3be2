"""Requests to answers: parameters in, composed bytes with their headers out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import orjson
from attrs import fields

from newel import PUBLIC, Call, FromText, Malformed, NotFound, Permission, Problem
from newel.bounds import Faults
from newel.contracts.content import Content, Entry, ListQuery
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel_delivery.config import DeliveryConfig

if TYPE_CHECKING:
    from newel.app import App

READ_PRIVATE = Permission(
    "delivery.read_private", "Read published entries of types that are not public", ("viewer", "editor")
)
ONE = {
    "locale": "The locale; empty: the default one.",
    "fallback": "Whether gaps are filled from the locale's fallback.",
    "fields": "Only these fields, as a comma list.",
    "expand": "References to answer in full, up to three levels, as a comma list.",
}
MANY = ONE | {
    "filter[]": "Conditions, e.g. `filter[price][_gte]=10`, or JSON.",
    "sort": "Field names, `-` for descending.",
    "limit": "Entries a page, up to 100.",
    "cursor": "Where the previous page ended.",
    "count": "`exact` counts all.",
}
MAX_KEYS = 100


class Delivery:
    """All routes below ``/delivery``."""

    def __init__(self, app: App, config: DeliveryConfig) -> None:
        self._app = app
        self._policy = (
            f"public, max-age={config.max_age}, s-maxage={config.shared_max_age}, "
            f"stale-while-revalidate={config.stale_while_revalidate}"
        )

    def open(self, content: Content) -> None:
        self._content = content

    def routes(self) -> list[Route]:
        def route(path: str, handler: Any, summary: str, query: Mapping[str, str]) -> Route:
            path = f"/delivery{path}"
            return Route(method="GET", path=path, handler=handler, needs=PUBLIC, summary=summary, query=query)

        pages = ONE | {"depth": "How many levels of pages below to answer as well, 0 to 3."}
        return [
            route("/pages", self.page, "The home page", pages),
            route("/pages/{path...}", self.page, "The page at a path, or where it has gone", pages),
            route("/globals", self.globals, "All single entries", ONE),
            route("/globals/{type}", self.single, "One single entry", ONE),
            route("/routes", self.table, "The route table, in order of path", {
                "locale": "Only this locale.", "after": "Only paths after this one.", "limit": "Rows, up to 1000.",
            }),
            route("/{type}", self.many, "Published entries of a type", MANY),
            route("/{type}/{key}", self.one, "One published entry, by id or slug", ONE),
        ]  # fmt: skip

    async def page(self, request: HttpRequest, call: Call) -> HttpAnswer:
        query = self._query("page", request, skip=("depth",))
        text = dict(request.query).get("depth", "0")
        if text not in ("0", "1", "2", "3"):
            raise _bad("depth", "expected 0 to 3")
        target, below = await self._content.page_at(request.params.get("path", ""), query, depth=int(text))
        if target.redirect is not None:
            return self._answer({"redirect": {"location": target.redirect, "status": target.status}}, [], private=False)
        assert target.entry is not None  # noqa: S101 - one of the two
        private = await self._checked(target.entry.type, call)
        answer = self._plain(target.entry)
        if text != "0":
            shown = [one for one in below if one.type == target.entry.type or not await self._hidden(one.type, call)]
            answer["children"] = [self._plain(one) for one in shown]
        return self._answer(answer, [target.entry, *below], private=private)

    async def many(self, request: HttpRequest, call: Call) -> HttpAnswer:
        name = request.params["type"]
        query = self._query(name, request)
        private = await self._checked(name, call)
        page = await self._content.list_published(query)
        answer = {
            "data": [self._plain(one) for one in page.data],
            "meta": {"total": page.total},
            "links": {"next": page.next},
        }
        return self._answer(answer, page.data, private=private, name=name)

    async def one(self, request: HttpRequest, call: Call) -> HttpAnswer:
        name = request.params["type"]
        query = self._query(name, request)
        private = await self._checked(name, call)
        entry = await self._content.get_published(name, request.params["key"], query)
        return self._answer(self._plain(entry), [entry], private=private)

    async def single(self, request: HttpRequest, call: Call) -> HttpAnswer:
        name = request.params["type"]
        query = self._query(name, request)
        private = await self._checked(name, call)
        entry = await self._content.get_published(name, name, query)
        return self._answer(self._plain(entry), [entry], private=private)

    async def globals(self, request: HttpRequest, call: Call) -> HttpAnswer:
        found = {}
        for type in await self._content.types():
            if type.kind != "single" or not type.public:
                continue
            try:
                found[type.name] = await self._content.get_published(
                    type.name, type.name, self._query(type.name, request)
                )
            except NotFound:
                continue
        answer = {"data": {name: self._plain(entry) for name, entry in found.items()}}
        return self._answer(answer, list(found.values()), private=False)

    async def table(self, request: HttpRequest, call: Call) -> HttpAnswer:
        given = dict(request.query)
        limit = given.get("limit", "1000")
        if not limit.isdecimal() or not 1 <= int(limit[:5]) <= 1000:
            raise _bad("limit", "expected 1 to 1000")
        after = given.get("after", "").strip("/")
        rows = await self._content.routes(given.get("locale"), after=after, limit=int(limit))
        return self._answer({"data": [self._app.structurer.unstructure(row) for row in rows]}, [], private=False)

    # -- composing --------------------------------------------------------------------------------------------------

    def _query(self, type: str, request: HttpRequest, skip: tuple[str, ...] = ()) -> ListQuery:
        """The parameters as a query; the door has refused unknown and repeated ones already."""
        nested = getattr(request, "nested", {})
        known = {one.name for one in fields(ListQuery)} - {"type"}
        given: dict[str, Any] = {
            name: FromText(value) for name, value in request.query if name in known and name not in skip
        }
        if "filter" in nested:
            given["filter"] = nested["filter"]
        try:
            return self._app.structurer.structure(given | {"type": type}, ListQuery)
        except Faults as faults:
            places = {problem.pointer for problem in faults.problems}
            if places == {"/type"}:
                raise NotFound(f"there is no content type '{type}'") from None
            raise Malformed("the query is not valid", problems=faults.problems) from None

    async def _hidden(self, name: str, call: Call) -> bool:
        type = next((one for one in await self._content.types() if one.name == name), None)
        return type is not None and not type.public and not call.actor.may(READ_PRIVATE)

    async def _checked(self, name: str, call: Call) -> bool:
        """Whether the type is private. One that the caller may not see does not exist for them."""
        type = next((one for one in await self._content.types() if one.name == name), None)
        if type is None or type.kind == "block" or (not type.public and not call.actor.may(READ_PRIVATE)):
            raise NotFound(f"there is no content type '{name}'")
        return not type.public

    def _plain(self, entry: Entry) -> dict[str, Any]:
        plain: dict[str, Any] = self._app.structurer.unstructure(entry)
        return {key: value for key, value in plain.items() if key not in ("state", "author", "deleted_at", "space")}

    def _answer(self, answer: Any, entries: Any, *, private: bool, name: str = "") -> HttpAnswer:
        body = orjson.dumps(answer)
        headers = {
            "Content-Type": "application/json",
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Cache-Control": "private, no-store" if private else self._policy,
        }
        keys = [name] if name else []
        keys += [one.id for one in entries][:MAX_KEYS]
        if keys:
            headers["Surrogate-Key"] = " ".join(keys)
        if entries and not name:
            headers["Content-Language"] = entries[0].locale
            newest = max(one.updated_at for one in entries)
            headers["Last-Modified"] = format_datetime(datetime.fromisoformat(newest), usegmt=True)
        return HttpAnswer(headers=headers, body=body)


def _bad(name: str, detail: str) -> Malformed:
    return Malformed("the query is not valid", problems=[Problem(f"/{name}", "invalid", detail)])
