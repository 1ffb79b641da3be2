"""A plugin's answer as one of ours: nothing in it may reach beyond the plugin's own part of the site."""

from __future__ import annotations

import re
from collections.abc import Mapping

from newel.contracts.http import HttpAnswer
from newel_lua import json_text
from newel_lua.model import LuaValue

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")
MOST_HEADERS = 50
LONGEST_VALUE = 8000

BLOCKED = frozenset(
    {
        # What frames the answer, and what is decided by the door.
        "connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
        "date", "server", "x-request-id",
        # What keeps it in caches, though who asks may matter.
        "cache-control", "edge-control", "expires", "pragma",
        # What would speak for the whole origin: to its cookies, its storage, its passwords, where else it is served.
        "accept-ch", "alt-svc", "clear-site-data", "critical-ch", "expect-ct", "nel", "origin-agent-cluster",
        "permissions-policy", "public-key-pins", "referrer-policy", "report-to", "reporting-endpoints",
        "service-worker-allowed", "set-cookie", "set-cookie2", "set-login", "sourcemap", "strict-transport-security",
        "timing-allow-origin", "www-authenticate", "x-content-type-options", "x-frame-options",
        "x-permitted-cross-domain-policies",
        # What a server in front of this one takes for an order to send a file of its own.
        "x-lighttpd-send-file", "x-sendfile", "x-sendfile2",
    }
)  # fmt: skip
BLOCKED_BEGINNINGS = (
    "access-control-", "cdn-", "cloudflare-", "content-security-policy", "cross-origin-", "proxy-", "sec-",
    "surrogate-", "x-accel-", "x-reproxy-",
)  # fmt: skip

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    # A page from here shares the API's origin: in a sandbox it has another one, and runs no script.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'",
}
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


class Unusable(Exception):
    """The answer is none; the text says why, for the log."""


class AnswerTooLarge(Unusable):
    """It has more bytes than an answer may have."""


def answer_of(value: LuaValue, most: int) -> tuple[HttpAnswer, list[str]]:
    """The answer that a response table describes, and the names of headers that were left out of it.

    ``{status, json | body, headers}``; ``json`` wins over ``body``. Raises ``Unusable``.
    """
    value = {} if value == [] else value  # Lua has one empty table
    if not isinstance(value, Mapping):
        kind = "nothing" if value is None else f"a {_kind(value)}"
        raise Unusable(f"the handler returned {kind}; a response table is expected, such as {{status = 200}}")
    headers, blocked = _headers(value.get("headers"))
    status = _status(value.get("status", 200))
    given = headers.pop("content-type", "")
    if value.get("json") is not None:
        body, media = _json(value["json"]), given if _is_json(given) else JSON
    else:
        body, media = _body(value.get("body")), given or TEXT
    if len(body) > most:
        raise AnswerTooLarge(f"the response has {len(body)} bytes, of {most} that it may have")
    if status in (204, 304):
        body = b""
    if body or given:
        headers["Content-Type"] = media
    return HttpAnswer(status=status, headers=headers | ALWAYS, body=body), blocked


def _status(value: LuaValue) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool) and 200 <= value < 600 and value == int(value):
        return int(value)
    raise Unusable(f"the response's status is {value!r}; a number from 200 to 599 is expected")


def _headers(value: LuaValue) -> tuple[dict[str, str], list[str]]:
    """By their lower case names."""
    if value is None or value == []:
        return {}, []
    if not isinstance(value, Mapping):
        raise Unusable(f"the response's headers are a {_kind(value)}; a table by names is expected")
    if len(value) > MOST_HEADERS:
        raise Unusable(f"the response has more than {MOST_HEADERS} headers")
    made: dict[str, str] = {}
    blocked = []
    for name, one in value.items():
        lower = name.lower()
        if lower in BLOCKED or lower.startswith(BLOCKED_BEGINNINGS):
            blocked.append(lower)
            continue
        if isinstance(one, int | float) and not isinstance(one, bool):
            one = f"{one:g}" if isinstance(one, float) else str(one)
        if not isinstance(one, str) or len(one) > LONGEST_VALUE or not VALUE.fullmatch(one) or not NAME.fullmatch(name):
            raise Unusable(f"the response's header {name[:60]!r} is not one that can be sent")
        made[lower] = one
    return made, blocked


def _is_json(media: str) -> bool:
    return re.fullmatch(r"application/(?:[\w.-]+\+)?json(?:\s*;.*)?", media.lower()) is not None


def _json(value: LuaValue) -> bytes:
    try:
        return json_text.written(value)
    except ValueError as error:
        raise Unusable(f"the response's json: {error}") from None


def _body(value: LuaValue) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise Unusable(f"the response's body is a {_kind(value)}; a string is expected")


def _kind(value: LuaValue) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", bytes: "string"}
    return names.get(type(value), "table")
