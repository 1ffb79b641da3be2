"""A request as the plugin gets it: a table, without what would let it act as somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

from newel import Malformed
from newel_lua import json_text

if TYPE_CHECKING:
    from newel import Call
    from newel.contracts.http import HttpRequest
    from newel_lua.model import LuaValue

CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
MOST_PARAMETERS = 200


def request_table(request: HttpRequest, call: Call, body: bytes, params: dict[str, str]) -> dict[str, LuaValue]:
    """``json`` is there for a body of ``application/json`` that is JSON. Raises ``Malformed``."""
    made: dict[str, LuaValue] = {
        "method": request.method,
        "path": unquote(request.path),
        "body": body,
        "client_ip": call.ip or "",
        "headers": {name: _raw(text) for name, text in request.headers.items() if name not in CREDENTIALS},
        "query": query_of(request.query_text),
        "params": params,
        "request_id": call.request_id,
    }
    if body and request.headers.get("content-type", "").lower().startswith("application/json"):
        made["json"] = json_of(body)
    actor = call.actor
    if actor.kind != "anonymous":
        made["actor"] = {"id": actor.id, "name": actor.name, "kind": actor.kind, "roles": list(actor.roles)}
    return made


def query_of(text: str) -> dict[str, str]:
    """The first value of each parameter. Bytes that are no UTF-8 are replaced."""
    if not text:
        return {}
    parts = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").split("&")
    if len(parts) > MOST_PARAMETERS:
        raise Malformed(f"the query has more than {MOST_PARAMETERS} parameters")
    made: dict[str, str] = {}
    for part in parts:
        if part:
            key, _, value = part.partition("=")
            made.setdefault(unquote_plus(key), unquote_plus(value))
    return made


def json_of(text: bytes) -> Any:
    """``None`` for what is no JSON; the plugin has the body to look at. Raises ``Malformed`` for what is too deep."""
    try:
        return json_text.read(text)
    except json_text.TooDeep as error:
        raise Malformed(str(error)) from None
    except ValueError:
        return None


def _raw(text: str) -> LuaValue:
    """Header values are bytes to HTTP; those that are no UTF-8 came as surrogates."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape")
