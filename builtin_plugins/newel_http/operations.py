"""Operations as HTTP: path, query, body and headers to an input; an answer to JSON. Nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from attrs import evolve, fields

from newel import FromText, Malformed, NotFound, Reject
from newel.contracts.http import HttpAnswer, HttpFault
from newel.contracts.idempotency import Kept
from newel.errors import Problem
from newel.operations import Operation
from newel.structure import Faults
from newel_http import conditional, query, strict_json
from newel_http.exchange import Exchange
from newel_http.faults import BadQuery
from newel_http.router import NOWHERE, Entry

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

BASE = "/api/v1"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
KEY = re.compile(r"[\x21-\x7e]{1,255}")


class OperationDoor:
    """One operation's translation, prepared at the start."""

    def __init__(self, app: App, config: HttpConfig, operation: Operation) -> None:
        self._app = app
        self._config = config
        self._operation = operation
        self._in_path = operation.path_fields
        self._fields = frozenset(one.name for one in fields(operation.input))
        self._media = (JSON, MERGE_PATCH) if operation.method == "PATCH" else (JSON,)
        self._shapes = query.shapes_of(operation.input, self._in_path)
        self._place = place_of(app, operation)

    def entry(self) -> Entry:
        one = self._operation
        parameters = {} if one.method in ("POST", "PUT", "PATCH") else self._shapes
        return Entry(
            method=one.method, path=BASE + one.path, owner=one.owner, needs=one.needs, handle=self.handle,
            parameters=parameters, operation=one.name,
        )  # fmt: skip

    async def handle(self, exchange: Exchange) -> HttpAnswer:
        assert exchange.call is not None and exchange.entry is not None  # noqa: S101, PT018 - the door saw to it
        data = query.taken(exchange.query, exchange.entry.parameters)
        if exchange.entry.has_body:
            data = await self._body(exchange)
        elif exchange.comes_with_body:
            raise Malformed(f"{exchange.method} takes no body")
        data.update((name, FromText(exchange.params[name])) for name in self._in_path)
        call = exchange.call
        self._precondition(exchange, data)
        if self._operation.effect == "write":
            call = evolve(call, idempotency_key=_idempotency_key(exchange))
        order = self._order(data, exchange.entry)
        answer = await self._app.operations.run(self._operation.name, order, call)
        return self._answer(answer, exchange)

    async def _body(self, exchange: Exchange) -> dict[str, Any]:
        """The body's object. No body is an empty object, so that verbs without input need none."""
        headers = exchange.request.headers
        exchange.max_body = self._config.max_body
        if exchange.comes_with_body:
            check_media_type(exchange, self._media)
        text = await exchange.whole_body(self._config.body_seconds)
        if not text and "Content-Type" in headers and exchange.comes_with_body:
            raise Malformed("the body is empty")
        data = strict_json.parse(text) if text else {}
        if not isinstance(data, dict):
            raise Malformed("the body must be a JSON object")
        for name in self._in_path:
            if name in data:
                detail = "stands in the path already"
                raise Reject("the input is not valid", problems=[Problem(f"/{name}", "in_path", detail)])
        return data

    def _precondition(self, exchange: Exchange, data: dict[str, Any]) -> None:
        """A condition that a write does not know is refused: it must not be ignored, as the client relies on it."""
        name, headers = self._operation.revision, exchange.request.headers
        writes = self._operation.effect == "write"
        if writes and "If-None-Match" in headers:
            raise Malformed("If-None-Match is for reading; this operation does not take it")
        if "If-Match" not in headers or (name is None and not writes):
            return
        if name is None:
            raise Malformed("this operation has no revision to hold against If-Match; leave the header out")
        if name in data:
            raise Malformed(f"the revision is given twice, as If-Match and as '{name}'")
        base = conditional.base_revision(", ".join(headers.getall("If-Match")))
        if base is not None:
            data[name] = base

    def _order(self, data: dict[str, Any], entry: Entry) -> Any:
        """The input object. A fault in the path is a 404, in the query a 400, in the body a 422."""
        try:
            return self._app.structurer.structure(data, self._operation.input)
        except Faults as faults:
            problems = faults.problems
        if any(problem.pointer.split("/")[1:2] == [name] for problem in problems for name in self._in_path):
            raise NotFound(NOWHERE)
        if entry.has_body:
            raise Reject("the input is not valid", problems=problems)
        raise BadQuery([evolve(problem, pointer=query.parameter(problem.pointer)) for problem in problems])

    def _answer(self, answer: Any, exchange: Exchange) -> HttpAnswer:
        headers = {"Cache-Control": "no-store"} if self._operation.effect == "write" else {}
        if isinstance(answer, Kept):
            headers["Idempotency-Replayed"] = "true"
            plain = answer.answer
        else:
            plain = self._app.structurer.unstructure(answer, show=True)
        if plain is None:
            return HttpAnswer(status=204, headers=headers)
        if self._place is not None and isinstance(plain, dict):
            headers |= _located(self._place, {**exchange.params, **plain})
        body = orjson.dumps(plain)
        headers["Content-Type"] = JSON
        revision = plain.get("revision") if type(plain) is dict else None
        if type(revision) is int:
            headers["ETag"] = conditional.tag_of(revision, body, parameters=bool(exchange.query_text))
        return HttpAnswer(status=self._operation.status, headers=headers, body=body)


def _located(place: str, parts: Mapping[str, Any]) -> dict[str, str]:
    names = re.findall(r"\{(\w+)\}", place)
    if not all(isinstance(parts.get(name), str) for name in names):
        return {}
    return {"Location": BASE + place.format(**{name: quote(parts[name], safe="") for name in names})}


def place_of(app: App, operation: Operation) -> str | None:
    """Where what an operation made can be read: the path of the ``GET`` one part below its own."""
    if operation.status not in (201, 202):
        return None
    below = re.compile(re.escape(operation.path) + r"/\{\w+\}")
    return next((one.path for one in app.operations if one.method == "GET" and below.fullmatch(one.path)), None)


def check_media_type(exchange: Exchange, allowed: tuple[str, ...]) -> None:
    """Refuses other kinds of body, and packed ones: a bomb is not unpacked here."""
    headers = exchange.request.headers
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise HttpFault(415, "unsupported_media_type", "send the body as it is, without Content-Encoding")
    media, _, parameters = headers.get("Content-Type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media.strip().lower() not in allowed or charset not in ("", "utf-8", "utf8"):
        detail = f"send the body as {' or '.join(allowed)} in UTF-8"
        raise HttpFault(415, "unsupported_media_type", detail, {"Accept-Post": ", ".join(allowed)})


def _idempotency_key(exchange: Exchange) -> str | None:
    keys = exchange.request.headers.getall("Idempotency-Key", ())
    if not keys:
        return None
    if len(keys) > 1 or not KEY.fullmatch(keys[0]):
        raise Malformed("an Idempotency-Key is 1 to 255 visible ASCII characters, given once")
    return keys[0]
