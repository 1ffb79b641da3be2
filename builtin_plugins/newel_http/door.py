"""What happens to a request, in this order:

request id → path and method (404, 405, ``OPTIONS``) → who asks (401) → permission (401, 403) → query (400) → body
(413, 415, 400) → input (404 for a path part, 400, 422) → the operation or route → conditional, gzip, headers → the log.
"""

from __future__ import annotations

import asyncio
import logging
import re
from time import perf_counter
from typing import TYPE_CHECKING, Any

from aiohttp import web
from attrs import evolve

from newel import ANONYMOUS, Forbidden, NotFound, Transient, Unauthenticated
from newel.context import Call
from newel.contracts.http import HttpAnswer
from newel.log import REQUEST
from newel_http import problems
from newel_http.answers import Finisher
from newel_http.callers import actor_of
from newel_http.clients import Proxies
from newel_http.exchange import Exchange
from newel_http.faults import BadToken
from newel_http.figures import OTHER, Traffic
from newel_http.router import Router
from newel_http.streams import ClientGone
from newel_http.traces import begin, ended

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Door:
    """Answers requests by ``router``. While ``starting`` only probes are answered with more than "not yet";
    ``draining`` makes every answer the last on its connection."""

    def __init__(self, app: App, config: HttpConfig, proxies: Proxies, traffic: Traffic) -> None:
        self._app = app
        self._config = config
        self.router = Router(())
        self.starting = True
        self._proxies = proxies
        self._finisher = Finisher(config)
        self._idle = asyncio.Event()
        self.running: set[asyncio.Task[Any]] = set()
        self.draining = False
        self._traffic = traffic

    async def idle(self) -> None:
        """Returns when no request is running."""
        while self.running:
            self._idle.clear()
            await self._idle.wait()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request. Runs in a task of its own, made by aiohttp."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine
        self.running.add(task)
        try:
            return await self._through(request)
        finally:
            self.running.discard(task)
            self._idle.set()

    async def _through(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = self._exchange(request)
        REQUEST.set(exchange.request_id)
        try:
            return await self._exchanged(request, exchange)
        finally:
            if exchange.span is not None:
                ended(exchange.span)
            if exchange.entry is not None:
                self._app.visits.leave(exchange.entry.owner, exchange.visit)

    async def _exchanged(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        begun = perf_counter()
        try:
            answer = await self._answer(exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a problem and the log the rest
            answer = self._refused(error, exchange)
        try:
            try:
                response = await self._finisher.finish(answer, exchange)
            except Exception as error:  # as above: a stream that could not begin
                if request.writer.output_size or isinstance(error, ClientGone):
                    raise
                answer = self._refused(error, exchange)
                response = await self._finisher.finish(answer, exchange)
        except ClientGone:
            self._log(exchange, 499, 0, begun)
            raise
        if self.draining or answer.status in (408, 413):
            response.force_close()
        self._log(exchange, response.status, _size(response), begun)
        return response

    def broken(self, status: int, code: str, detail: str, error: BaseException | None = None) -> web.Response:
        """The answer to what is no HTTP request, or to an answer that could not be sent; ends the connection."""
        if status != 500 or error is not None:  # else its client went away, which was counted
            self._traffic.count(OTHER, None, status, 0.0, 0)
        request_id = REQUEST.get() or self._app.ids.new()
        if error is not None:
            self._app.log.error("an answer failed", extra={"request_id": request_id}, exc_info=error)
        else:
            self._app.log.debug("unreadable request", extra={"code": code, "detail": detail, "request_id": request_id})
        return self._finisher.last(problems.problem(status, code, detail, "", request_id), request_id)

    def _exchange(self, request: web.BaseRequest) -> Exchange:
        headers = request.headers
        given = headers.get("X-Request-Id")
        path, _, query = request.raw_path.partition("?")
        forwarded = ",".join(headers.getall("X-Forwarded-For", ()))
        return Exchange(
            request,
            given if given is not None and REQUEST_ID.fullmatch(given) else self._app.ids.new(),
            request.method,
            path,
            query,
            self._proxies.client(request.remote, forwarded),
            self._config.max_params,
        )

    async def _answer(self, exchange: Exchange) -> HttpAnswer:
        if self.starting and not self.router.knows(exchange.path):
            raise Transient("the site is starting", code="not_ready")
        if exchange.method == "OPTIONS":
            plain = self._options(exchange)
            if plain is not None:
                return plain
        exchange.entry, exchange.params = self.router.find(exchange.method, exchange.path)
        exchange.visit = self._app.visits.enter(exchange.entry.owner)
        if exchange.entry.probe:
            return await exchange.entry.handle(exchange)
        begin(self._app, exchange, self._proxies)
        now = self._app.clock.now()
        call = Call(actor=ANONYMOUS, door="http", request_id=exchange.request_id, now=now, ip=exchange.ip)
        try:
            call = evolve(call, actor=await actor_of(self._app, exchange))
            call.actor.require(exchange.entry.needs)
            exchange.call = call
            return await exchange.entry.handle(exchange)
        except (BadToken, Unauthenticated, Forbidden) as error:
            detail = "bad_token" if isinstance(error, BadToken) else ""
            await self._app.operations.denied(exchange.entry.title, call, error, detail)
            raise

    def _options(self, exchange: Exchange) -> HttpAnswer | None:
        """The answer of the door; ``None`` where a route answers. A preflight has no credentials: it is ours."""
        methods = self.router.methods(exchange.path)
        exchange.allowed = ", ".join(methods)
        headers = {"Allow": exchange.allowed}
        asked = exchange.request.headers.get("Access-Control-Request-Method")
        if asked is None and methods["OPTIONS"] is not None:
            return None
        if asked is not None:
            entry = methods.get(asked)
            more = entry.route.cors_headers if entry is not None and entry.route is not None else ()
            headers |= self._finisher.cors.preflight(exchange.request.headers.get("Origin"), more)
        return HttpAnswer(status=204, headers=headers)

    def _refused(self, error: Exception, exchange: Exchange) -> HttpAnswer:
        answer = problems.answer_to(error, exchange.path, exchange.request_id, exchange.entry)
        if answer.status == 500:
            extra = {"method": exchange.method, "path": exchange.told_path}
            self._app.log.error("a request failed", extra=extra, exc_info=error)
            if exchange.span is not None:
                exchange.span.fail(error)
        elif exchange.entry is None and isinstance(error, NotFound):
            self._app.log.debug("no such address", extra={"path": exchange.path})
        return answer

    def _log(self, exchange: Exchange, status: int, size: int, begun: float) -> None:
        seconds = perf_counter() - begun
        self._traffic.count(exchange.method, exchange.entry, status, seconds, size)
        if exchange.span is not None and exchange.span.recording:
            exchange.span.say({"http.response.status_code": status, "http.response.body.size": size})
        level = logging.DEBUG if exchange.entry is not None and exchange.entry.probe else logging.INFO
        if not self._config.access_log or not self._app.log.isEnabledFor(level):
            return
        extra = {
            "method": exchange.method,
            "path": exchange.told_path,
            "operation": "" if exchange.entry is None else exchange.entry.operation or exchange.entry.path,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "bytes": size,
            "actor": "anonymous" if exchange.call is None else exchange.call.actor.id,
            "ip": exchange.ip,
        }
        trace = exchange.request.headers.get("traceparent")
        if trace is not None and TRACE.fullmatch(trace):
            extra["traceparent"] = trace
        self._app.log.log(level, "request", extra=extra)


def _size(response: web.StreamResponse) -> int:
    body = getattr(response, "body", None)
    return len(body) if isinstance(body, bytes | bytearray) else response.content_length or 0
