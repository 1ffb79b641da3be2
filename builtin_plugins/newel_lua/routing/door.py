"""Requests to plugins: limit → route (404, 405) → who asks (401, 403) → body (400, 413) → the plugin → its answer.

Refusals are our problems, with a member ``error`` besides, as clients of plugins of the Go system expect it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newel import PUBLIC, Forbidden, Malformed, NotFound, TooLarge, TooMany, Transient, Unauthenticated
from newel.contracts.clock import Clock
from newel.contracts.http import BodyCut, HttpAnswer, HttpFault, HttpRequest, Method, Route
from newel.errors import NewelError
from newel_lua.config import LuaConfig
from newel_lua.faults import Away, Busy, CallFailed, Exceeded, Resting, TimedOut
from newel_lua.limits import Limit, address_key
from newel_lua.modules.settings import masked
from newel_lua.routing.answers import AnswerTooLarge, Unusable, answer_of
from newel_lua.routing.requests import request_table
from newel_lua.routing.runtime import Mounted, Runtime
from newel_lua.routing.table import METHODS, LuaRoute

if TYPE_CHECKING:
    from newel import Call

CODES: dict[type[NewelError], str] = {
    Unauthenticated: "UNAUTHORIZED", Forbidden: "FORBIDDEN", NotFound: "ROUTE_NOT_FOUND", TooMany: "RATE_LIMITED",
    TooLarge: "INVALID_REQUEST", BodyCut: "INVALID_REQUEST", Malformed: "INVALID_REQUEST",
}  # fmt: skip
"""``error.code`` of our errors; that of others is their own code in capitals."""
NOWHERE = "no plugin answers at this address"
LONGEST_REST = 3600.0
REMEMBERED = 1000
"""Routes whose headers were told of."""
ENDLESS = ("instructions", "processor")
"""What a loop without an end uses up."""


class Door:
    """The routes, and what they do. ``runtime`` has to be set before the door of the site opens."""

    runtime: Runtime

    def __init__(self, config: LuaConfig, clock: Clock, log: logging.Logger) -> None:
        self._config = config
        self._log = log
        self._limit = Limit(clock, config.requests_per_second, 1.0)
        self._told: set[tuple[str, str, str, str]] = set()

    def routes(self) -> Sequence[Route]:
        """For ``register_routes``: of the whole site only what is below ``/plugins``, whatever plugins register."""
        return [self._route(method, path) for path in ("", "/{rest...}") for method in METHODS]

    def _route(self, method: Method, path: str) -> Route:
        return Route(
            method=method, path="/plugins/{plugin}" + path, handler=self.handle, needs=PUBLIC,
            summary="A route of a plugin in Lua. Who may ask is said by the plugin.",
            max_body=self._config.max_request, any_query=True, slash=True,
        )  # fmt: skip

    async def handle(self, request: HttpRequest, call: Call) -> HttpAnswer:
        try:
            return await self._answer(request, call)
        except NewelError as error:
            code = next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), error.reason.upper())
            error.extra["error"] = {"code": code, "message": error.detail, "request_id": call.request_id}
            if isinstance(error, HttpFault) and error.status == 500:
                return request.problem(error)  # told in the log already, with what the caller must not see
            raise

    async def _answer(self, request: HttpRequest, call: Call) -> HttpAnswer:
        wait = self._limit.take(address_key(call.ip))
        if wait:
            raise TooMany("too many requests; wait a little", retry_after=wait)
        mounted, route, params = self._find(request)
        call.actor.require(route.needs)
        body = b"".join([piece async for piece in request.body()])
        table = request_table(request, call, body, params)
        try:
            answer, blocked = answer_of(await self.runtime.call(mounted, route, table, call), self._config.max_response)
        except (CallFailed, Unusable) as error:
            if not isinstance(error, Away | Busy | Resting):
                text = masked(mounted.plugin, str(error))
                self._log.error("a plugin's route failed", extra=_place(mounted, route) | {"error": text})
            raise _fault(error) from None
        if blocked:
            self._tell_once(mounted, route, blocked)
        return answer

    def _tell_once(self, mounted: Mounted, route: LuaRoute, blocked: list[str]) -> None:
        key = (mounted.plugin.name, mounted.plugin.version, route.method, route.path)
        if key not in self._told:
            if len(self._told) >= REMEMBERED:
                self._told.clear()
            self._told.add(key)
            self._log.warning("headers of a plugin were left out", extra=_place(mounted, route) | {"headers": blocked})

    def _find(self, request: HttpRequest) -> tuple[Mounted, LuaRoute, dict[str, str]]:
        """Plugins, paths and approvals that are missing look the same."""
        mounted = self.runtime.find(request.params["plugin"])
        found = {} if mounted is None else mounted.table.find(request.params.get("rest", ""))
        if mounted is None or not found:
            raise NotFound(NOWHERE, code="route_not_found")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in found:
            allowed = ", ".join(sorted({*found, "OPTIONS", *(["HEAD"] if "GET" in found else [])}))
            raise HttpFault(405, "method_not_allowed", f"this address answers {allowed}", {"Allow": allowed})
        return mounted, *found[method]


def _fault(error: CallFailed | Unusable) -> NewelError:
    """What the caller is told: nothing of the plugin's code."""
    if isinstance(error, AnswerTooLarge):
        return HttpFault(500, "response_too_large", "the plugin's answer is larger than it may be")
    if isinstance(error, Busy):
        return Transient("the plugin is busy", code="pool_exhausted")
    if isinstance(error, Away):
        return Transient("the plugin does not run now", code="plugin_unavailable", retry_after=5.0)
    if isinstance(error, Resting):
        rest = min(error.retry_after, LONGEST_REST)
        text = "the plugin failed several times in a row and rests"
        return Transient(text, code="circuit_breaker_open", retry_after=rest)
    if isinstance(error, TimedOut) or (isinstance(error, Exceeded) and error.what in ENDLESS):
        return HttpFault(504, "handler_timeout", "the plugin took longer than it may")
    return HttpFault(500, "handler_error", "the plugin failed; the log tells more under this request id")


def _place(mounted: Mounted, route: LuaRoute) -> dict[str, Any]:
    return {"plugin": mounted.plugin.name, "route": f"{route.method} {route.path}"}
