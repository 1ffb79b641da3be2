"""Operations and routes as entries of the router: each only translates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from attrs import NOTHING, evolve, fields

from newel import FromText, Malformed, NotFound, Problem, Reject
from newel.context import PUBLIC
from newel.contracts.http import HttpAnswer, Route
from newel.contracts.idempotency import Kept
from newel.hooks.http import register_routes
from newel_http import conditional, query, strict_json
from newel_http.door import KEY
from newel_http.exchange import Exchange
from newel_http.faults import HttpFault
from newel_http.health import health_entries
from newel_http.openapi import description_entries
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation
    from newel_http.config import HttpConfig
    from newel_http.server import Server

API = "/api/v1"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


async def entries_of(app: App, config: HttpConfig, server: Server) -> list[Entry]:
    """Everything that the door answers."""
    made = [_operation_entry(app, config, one) for one in app.operations if one.http is not None]
    made += [_route_entry(owner, route, config) for owner, route in app.collected(register_routes)]
    made += health_entries(app, server)
    if config.docs:
        made += description_entries(app)
    return made


def _operation_entry(app: App, config: HttpConfig, op: Operation) -> Entry:
    door = OperationDoor(app, config, op)
    return Entry(
        method=op.method,
        path=API + op.path,
        owner=op.owner,
        needs=op.needs,
        handle=door.answer,
        parameters=door.parameters,
    )


def _route_entry(owner: str, route: Route, config: HttpConfig) -> Entry:
    shapes = query.shapes_named(route.query)

    async def handle(exchange: Exchange) -> HttpAnswer:
        exchange.max_body = route.max_body
        exchange.piece_seconds = config.body_seconds
        query.taken(exchange.query, shapes)
        assert exchange.call is not None  # noqa: S101 - the door made it
        return await route.handler(exchange, exchange.call)

    return Entry(
        method=route.method, path=API + route.path, owner=owner, needs=route.needs, handle=handle, parameters=shapes
    )


class OperationDoor:
    """One operation behind one method and path."""

    def __init__(self, app: App, config: HttpConfig, op: Operation) -> None:
        self._app = app
        self._config = config
        self._op = op
        self._has_body = op.method in ("POST", "PUT", "PATCH")
        self._required = any(one.default is NOTHING for one in fields(op.input) if one.name not in op.path_fields)
        hidden = (*op.path_fields, *((op.revision,) if op.revision else ()))
        self.parameters = {} if self._has_body else query.shapes_of(op.input, hidden)

    async def answer(self, exchange: Exchange) -> HttpAnswer:
        op = self._op
        data: dict[str, Any] = query.taken(exchange.query, self.parameters)
        if self._has_body:
            data = await self._body(exchange)
        data |= {name: FromText(value) for name, value in exchange.params.items()}
        match = exchange.headers.get("if-match")
        if op.revision is not None and match is not None:
            revision = conditional.base_revision(match)
            if revision is not None:
                data[op.revision] = revision
        assert exchange.call is not None  # noqa: S101 - the door made it
        call = evolve(exchange.call, idempotency_key=self._key(exchange))
        try:
            answer = await self._app.operations.run(op.name, data, call)
        except Reject as error:
            places = {problem.pointer.partition("/")[2].partition("/")[0] for problem in error.problems}
            if places and places <= set(op.path_fields):
                raise NotFound("there is nothing at this address") from None
            raise
        return self._told(answer, exchange)

    def _key(self, exchange: Exchange) -> str | None:
        key = exchange.headers.get("idempotency-key")
        if key is not None and not KEY.fullmatch(key):
            raise Malformed("Idempotency-Key takes up to 255 visible ASCII characters")
        return key if self._op.effect == "write" else None

    async def _body(self, exchange: Exchange) -> dict[str, Any]:
        exchange.max_body = self._config.max_body
        exchange.piece_seconds = self._config.body_seconds
        if not exchange.comes_with_body:
            if self._required:
                raise Malformed("this needs a JSON body")
            return {}
        if exchange.headers.get("content-encoding", "identity") != "identity":
            raise HttpFault(415, "unsupported_media_type", "send the body as it is, without Content-Encoding")
        kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
        known = (JSON, MERGE_PATCH) if self._op.method == "PATCH" else (JSON,)
        if kind not in known:
            raise HttpFault(415, "unsupported_media_type", f"the body must be {' or '.join(known)}")
        body = strict_json.parse(await exchange.whole_body(self._config.body_seconds))
        if not isinstance(body, dict):
            raise Malformed("the body must be a JSON object")
        repeated = [name for name in self._op.path_fields if name in body]
        if repeated:
            raise Reject(
                "the input is not valid",
                problems=[Problem(f"/{name}", "unknown", "stands in the path already") for name in repeated],
            )
        return body

    def _told(self, answer: Any, exchange: Exchange) -> HttpAnswer:
        headers = {"Content-Type": JSON}
        revision = getattr(answer, "revision", None)
        if isinstance(answer, Kept):
            headers["Idempotency-Replayed"] = "true"
            plain = answer.answer
            revision = plain.get("revision") if isinstance(plain, dict) else None
        else:
            plain = self._app.structurer.unstructure(answer, show=True)
        if plain is None:
            return HttpAnswer(status=204)
        body = orjson.dumps(plain)
        if isinstance(revision, int):
            headers["ETag"] = conditional.tag_of(revision, body, parameters=bool(exchange.query))
        if self._op.needs is PUBLIC and self._op.effect == "write":
            headers["Cache-Control"] = "no-store"
        return HttpAnswer(status=self._op.status, headers=headers, body=body)
