"""A site elsewhere, through its HTTP API, with an API token or a session's token."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from attrs import frozen

from newel import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    Reject,
    Secret,
    TooLarge,
    TooMany,
    Transient,
    Unauthenticated,
)
from newel.contracts.tui import Action, Event, Init, ScreenSession
from newel.contracts.views import View
from newel.errors import NewelError
from newel_tui.gateway.files import Step, sent
from newel_tui.gateway.model import Known, Offered, Person, text_of
from newel_tui.wire import SHOWN, decoded, encoded

ERRORS: Mapping[int, type[NewelError]] = {
    400: Malformed, 401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict, 412: PreconditionFailed,
    413: TooLarge, 422: Reject, 428: PreconditionRequired,
}  # fmt: skip
TRIES = 3
LONGEST = 60.0
"""Seconds for one request; uploads have no limit but that they flow."""
BODY = ("POST", "PUT", "PATCH")


@frozen
class _Way:
    method: str
    path: str
    effect: str

    @property
    def parts(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)


class RemoteGateway:
    """Keeps ``Gateway``. A request that was lost on the way is sent again where that does nothing twice."""

    local_files = True

    def __init__(self, url: str, token: Secret[str]) -> None:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Malformed(f"'{url}' is no address such as https://cms.example.org")
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/api/v1"
        self._host = parts.netloc
        self._token = token
        self._http: aiohttp.ClientSession | None = None
        self._ways: dict[str, _Way] = {}
        self._screens: list[Offered] = []
        self._interfaces: list[Offered] = []
        self.operations: Mapping[str, Known] = {}
        self.person = Person(id="", name="")
        self.title = self._host
        self.last_request = ""

    async def start(self) -> None:
        me = await self._json("GET", "/auth/me")
        self.person = Person(
            id=me["id"], name=me["name"], roles=tuple(me["roles"]), permissions=frozenset(me["permissions"]),
            everything=me["everything"],
        )  # fmt: skip
        offer = await self._json("GET", "/tui")
        self.title = f"{offer['title']} at {self._host}"
        self._ways = {one["name"]: _Way(one["method"], one["path"], one["effect"]) for one in offer["operations"]}
        self.operations = {
            one["name"]: Known(**{key: one[key] for key in ("name", "summary", "doc", "needs", "effect", "schema")})
            for one in offer["operations"]
        }
        self._screens = [_offered(one) for one in offer["screens"]]
        self._interfaces = [_offered(one) for one in offer["interfaces"]]

    def may(self, operation: str) -> bool:
        known = self.operations.get(operation)
        return known is not None and self.person.may(known.needs)

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        way = self._ways.get(operation)
        if way is None:
            raise NotFound(f"there is no operation '{operation}'")
        rest = {name: value for name, value in params.items() if name not in way.parts}
        if missing := [name for name in way.parts if name not in params]:
            raise Reject("the input is not valid", problems=[Problem(f"/{missing[0]}", "required", "is missing")])
        path = re.sub(r"\{(\w+)\}", lambda part: quote(str(params[part[1]]), safe=""), way.path)
        headers = {"Idempotency-Key": uuid.uuid4().hex} if way.effect == "write" else {}
        if way.method in BODY:
            answer, request = await self._sent(way.method, path, body=rest, headers=headers)
        else:
            query = {name: text_of(value) for name, value in rest.items() if value is not None}
            answer, request = await self._sent(way.method, path, query=query, headers=headers)
        if self.operations[operation].acts:
            self.last_request = request
        return answer

    async def screens(self) -> Sequence[Offered]:
        return [one for one in self._screens if not one.hidden]

    async def interfaces(self) -> Sequence[Offered]:
        return self._interfaces

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        return _RemoteSession(self, {"plugin": plugin, "name": name, "params": dict(params)})

    async def edit(self, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession:
        return _RemoteSession(self, {"plugin": plugin, "name": name, "edits": True})

    async def upload(self, file: Path, params: Mapping[str, Any]) -> AsyncIterator[Step]:
        """As a form, in one request."""

        async def send(pieces: AsyncIterator[bytes]) -> Mapping[str, Any]:
            form = aiohttp.FormData(quote_fields=False)
            for name, value in params.items():
                form.add_field(name, text_of(value))
            form.add_field("file", pieces, filename=file.name, content_type="application/octet-stream")
            try:
                answer, _ = await self._once("POST", "/media", data=form, headers={}, seconds=None)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise Transient(f"{self._host} did not take {file.name}: {error}") from error
            asset: Mapping[str, Any] = answer["data"][0]["asset"]
            return asset

        async for step in sent(file, send):
            yield step

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    # -- requests -------------------------------------------------------------------------------------------------

    async def _json(self, method: str, path: str, *, body: Any = None, again: bool = True) -> Any:
        """The answer alone."""
        return (await self._sent(method, path, body=body, again=again))[0]

    async def _sent(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        again: bool = True,
    ) -> tuple[Any, str]:
        """Sends, again after a lost connection where ``again`` says that this does nothing twice. The answer and its
        request id."""
        data = json.dumps(body).encode() if method in BODY else None
        told = dict(headers or {}) | ({"Content-Type": "application/json"} if data is not None else {})
        for turn in range(TRIES):
            try:
                return await self._once(method, path, query=query, data=data, headers=told, seconds=LONGEST)
            except (aiohttp.ClientError, TimeoutError) as error:
                if turn + 1 == TRIES or not again:
                    raise Transient(f"{self._host} does not answer: {str(error) or 'it takes too long'}") from error
                await asyncio.sleep(0.2 * 2**turn)
        raise AssertionError("not reached")  # pragma: no cover - the loop answers or raises

    async def _once(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        data: Any,
        headers: Mapping[str, str],
        seconds: float | None,
    ) -> tuple[Any, str]:
        if self._http is None:
            self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token.reveal()}"})
        limit = aiohttp.ClientTimeout(total=seconds, sock_connect=10)
        async with self._http.request(
            method, self._base + path, params=query, data=data, headers=headers, timeout=limit, allow_redirects=False
        ) as answer:
            text = await answer.read()
            if answer.status >= 300:
                raise _error(answer, text)
            try:
                return json.loads(text) if text else None, answer.headers.get("X-Request-Id", "")
            except ValueError:
                raise Malformed(f"{self._host} answers something that is not JSON: is it a Newel site?") from None


class _RemoteSession:
    """A screen's session elsewhere."""

    def __init__(self, gateway: RemoteGateway, which: Mapping[str, Any]) -> None:
        self._gateway = gateway
        self._which = which
        self._id = ""

    async def start(self, event: Init) -> View | Action | None:
        told: dict[str, Any] = {
            "width": event.width, "height": event.height, "cell_width": event.cell[0], "cell_height": event.cell[1]
        }  # fmt: skip
        if self._which.get("edits"):
            told |= {"value": event.value, "config": dict(event.config)}
        plugin, name = (quote(self._which[part], safe="") for part in ("plugin", "name"))
        body = {key: value for key, value in self._which.items() if key not in ("plugin", "name")} | told
        return self._shown(await self._gateway._json("POST", f"/tui/screens/{plugin}/{name}", body=body, again=False))

    async def send(self, event: Event) -> View | Action | None:
        body = {"event": encoded(event)}
        return self._shown(await self._gateway._json("POST", f"/tui/conversations/{self._id}", body=body, again=False))

    async def close(self) -> None:
        if self._id:
            id, self._id = self._id, ""
            await self._gateway._json("DELETE", f"/tui/conversations/{id}")

    def _shown(self, said: Mapping[str, Any]) -> View | Action | None:
        self._id = "" if said["over"] else said["id"]
        shown: View | Action | None = decoded(said["shown"], SHOWN)
        return shown


def _offered(one: Mapping[str, Any]) -> Offered:
    return Offered(
        plugin=one["plugin"], name=one["name"], label=one["label"], icon=one["icon"], section=one["section"],
        hidden=one["hidden"], mode=one["mode"] or "overlay", types=tuple(one["types"]),
    )  # fmt: skip


def _error(answer: aiohttp.ClientResponse, text: bytes) -> NewelError:
    """The error of a problem document (RFC 9457), or of whatever came instead."""
    try:
        told = json.loads(text)
        detail, code = str(told["detail"]), str(told["code"])
    except (ValueError, KeyError, TypeError):
        return Transient(f"the site answers {answer.status} {answer.reason}, and not in its own words")
    problems = [
        Problem(str(one.get("pointer") or f"/{one.get('parameter', '')}"), str(one.get("code")), str(one.get("detail")))
        for one in told.get("errors", ())
    ]
    after = _seconds(answer.headers.get("Retry-After", ""))
    if answer.status == 429:
        return TooMany(detail, retry_after=after)
    kind = ERRORS.get(answer.status)
    if kind is None:
        return Transient(detail, code=code, retry_after=after)
    known = ("type", "title", "status", "detail", "instance", "code", "request_id", "errors")
    extra = {key: value for key, value in told.items() if key not in known}
    return kind(detail, code=code, problems=problems, extra=extra)


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 1.0
