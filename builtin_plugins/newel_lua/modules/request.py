"""``request``: calls to other servers, to domains that an admin approved, through the site's only way out."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import frozen

from newel.contracts.clock import Clock
from newel.contracts.egress import Egress, EgressFailed, EgressRefused, Outgoing
from newel_lua import json_text
from newel_lua.breaker import Breaker
from newel_lua.faults import Resting
from newel_lua.limits import Limit
from newel_lua.model import LuaFault, LuaValue, Run

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
URL = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?((?:[/?][^\s\\#]*)?)(?:#.*)?", re.DOTALL)
"""Read strictly: what the client behind could read differently is none."""
LOCAL = ("localhost", "127.0.0.1")
SECONDS = 10.0
MOST_BYTES = 1_048_576
MOST_HEADERS = 50
LONGEST_HEADERS = 16_384
LONGEST_URL = 8000
PER_DOMAIN = 60
"""A minute, of one plugin to one domain."""
IN_ALL = 600
FAILURES = 5
REST = 60.0
REMEMBERED = 1000
"""Breakers; beyond them the one asked for longest ago is forgotten."""


class _Stopped(Exception):
    """It was not sent."""


class _Answered(Exception):
    """The other side failed, and said so."""

    def __init__(self, result: dict[str, LuaValue]) -> None:
        super().__init__()
        self.result = result


class RequestModule:
    """Answers a table: ``{status, body, headers, json?}``, or ``{error = "..."}`` where there was no answer.

    A redirect is an answer like any other. ``egress`` says where the way out is now, if there is one; ``local``:
    whether ``http://localhost`` may be called.
    """

    name = "request"

    def __init__(
        self, egress: Callable[[], Egress | None], clock: Clock, log: logging.Logger, *, local: bool = False
    ) -> None:
        self._egress = egress
        self._clock = clock
        self._log = log
        self._local = local
        self._each = Limit(clock, PER_DOMAIN, 60.0)
        self._all = Limit(clock, IN_ALL, 60.0)
        self._breakers: OrderedDict[str, Breaker] = OrderedDict()
        self.functions = {"send": self.send}

    async def send(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``request.send(method, url, {headers, body | json, timeout, parse_json})``."""
        run.forbid("request.send", "load", "init", "shutdown", "before", "migration")
        sent = Sent.of(args)
        try:
            self._check(run, sent)
            return await self._sent(run, sent)
        except _Stopped as error:
            return {"error": str(error)}

    def _check(self, run: Run, sent: Sent) -> None:
        if sent.scheme == "http" and not (self._local and sent.domain in LOCAL):
            raise _Stopped("only https is allowed")
        if f"net:{sent.domain}" not in run.plugin.grants.needs:
            raise _Stopped(f"domain not approved: {sent.domain}")

    async def _sent(self, run: Run, sent: Sent) -> LuaValue:
        egress, key = self._egress(), f"{run.plugin.name} {sent.domain}"
        if egress is None:
            raise _Stopped("this site makes no outgoing requests")
        try:
            with self._breaker(key).calling(_Stopped, EgressRefused):
                if self._each.take(key) or self._all.take(""):
                    raise _Stopped(f"rate limit exceeded for domain: {sent.domain}")
                result = await self._through(egress, sent)
                self._tell(run, sent, status=result["status"])
                if result["status"] >= 500:
                    raise _Answered(result)
                return result
        except _Answered as answered:
            return answered.result
        except Resting:
            raise _Stopped(f"circuit breaker open for domain: {sent.domain}") from None
        except (EgressRefused, EgressFailed) as error:
            self._tell(run, sent, why=error.detail)
            raise _Stopped(error.detail) from None

    async def _through(self, egress: Egress, sent: Sent) -> dict[str, LuaValue]:
        order = Outgoing(
            url=sent.url, method=sent.method, headers=sent.headers, body=sent.body, seconds=sent.seconds,
            max_bytes=MOST_BYTES, redirects=0,
        )  # fmt: skip
        async with egress.send(order) as answer:
            body = await answer.read()
            result: dict[str, LuaValue] = {"status": answer.status, "body": body, "headers": dict(answer.headers)}
        if sent.parse_json:
            with suppress(ValueError):  # the plugin has the body to look at
                result["json"] = json_text.read(body)
        return result

    def _breaker(self, key: str) -> Breaker:
        found = self._breakers.setdefault(key, Breaker(self._clock, failures=FAILURES, seconds=REST))
        self._breakers.move_to_end(key)
        if len(self._breakers) > REMEMBERED:
            self._breakers.popitem(last=False)
        return found

    def _tell(self, run: Run, sent: Sent, **details: Any) -> None:
        """Not the path, the query, the headers or the body: there are keys in them."""
        extra = {"plugin": run.plugin.name, "domain": sent.domain, "method": sent.method, **details}
        self._log.debug("a plugin called another server", extra=extra)


@frozen(kw_only=True)
class Sent:
    """A request as the plugin wants it."""

    method: str
    scheme: str
    domain: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    parse_json: bool

    @classmethod
    def of(cls, args: Sequence[LuaValue]) -> Sent:
        """Raises ``LuaFault`` for mistakes of the author."""
        method, url, given = (*args, None, None, None)[:3]
        if not isinstance(method, str) or method.upper() not in METHODS:
            raise LuaFault(f"request.send: invalid HTTP method {method!r}")
        found = URL.fullmatch(url) if isinstance(url, str) and len(url) <= LONGEST_URL else None
        if found is None:
            raise LuaFault("request.send: invalid URL: https://domain/path, without user, password or spaces")
        options: Mapping[str, LuaValue] = given if isinstance(given, Mapping) else {}
        headers, body = _headers(options.get("headers")), _body(options)
        if options.get("json") is not None:
            headers.setdefault("content-type", "application/json")
        scheme, domain = found[1], found[2].lower()
        return cls(
            method=method.upper(), scheme=scheme, domain=domain,
            url=f"{scheme}://{domain}{found[3] or ''}{found[4]}", headers=headers, body=body,
            seconds=_seconds(options.get("timeout")),
            parse_json=options.get("parse_json") is True,
        )  # fmt: skip


def _seconds(given: LuaValue) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and given > 0:
        return min(SECONDS, max(0.1, float(given)))
    return SECONDS


def _headers(given: LuaValue) -> dict[str, str]:
    """By lower case names. The way out looks at what is in them."""
    made: dict[str, str] = {}
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise LuaFault(f"request.send: the header {name[:60]!r} is no string")
        made[name.lower()] = f"{value:.14g}" if isinstance(value, float) else str(value)
    if len(made) > MOST_HEADERS or sum(len(name) + len(value) for name, value in made.items()) > LONGEST_HEADERS:
        raise LuaFault("request.send: too many headers")
    return made


def _body(options: Mapping[str, LuaValue]) -> bytes:
    body, value = options.get("body"), options.get("json")
    if body is not None and value is not None:
        raise LuaFault("request.send: 'body' and 'json' are mutually exclusive")
    if value is not None:
        try:
            made = json_text.written(value)
        except ValueError as error:
            raise LuaFault(f"request.send: json: {error}") from None
    elif body is None or isinstance(body, bytes):
        made = body or b""
    elif isinstance(body, str):
        made = body.encode()
    else:
        raise LuaFault("request.send: body must be a string")
    if len(made) > MOST_BYTES:
        raise LuaFault(f"request.send: the body has more than {MOST_BYTES} bytes")
    return made
