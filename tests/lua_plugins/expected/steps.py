"""One request to a site, and what has to come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen


@frozen
class Step:
    """A path that starts with ``/`` is the plugin's own; with ``site:``, the site's. ``{name}`` is what was kept."""

    method: str
    path: str
    body: Any = None
    auth: str | None = "admin"
    """Who asks: a role, or nobody."""
    status: int = 200
    json: Any = None
    """A part of the answer: the keys that are named, lists whole; ``...`` is anything that is there."""
    text: str | None = None
    """The answer as text."""
    headers: Mapping[str, str | None] = {}
    """Headers of the answer; ``None`` is one that must be missing."""
    send: Mapping[str, str] = {}
    """Headers of the request."""
    keep: Mapping[str, str] = {}
    """Names for values of the answer, to be used in later steps."""
    eventually: bool = False
    """Asks again until it is so: what happens after a request has no exact time."""


def get(path: str, json: Any = None, **more: Any) -> Step:
    return Step("GET", path, json=json, **more)


def post(path: str, body: Any = None, json: Any = None, **more: Any) -> Step:
    return Step("POST", path, body, json=json, **more)


def put(path: str, body: Any = None, json: Any = None, **more: Any) -> Step:
    return Step("PUT", path, body, json=json, **more)


def error(code: str) -> dict[str, Any]:
    """The Go system's shape of an error."""
    return {"error": {"code": code, "message": ...}}
