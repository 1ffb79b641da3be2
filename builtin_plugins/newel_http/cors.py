"""Cross-origin scripts: only origins that are listed, exactly as listed, and never with credentials of the browser."""

from __future__ import annotations

from collections.abc import Sequence

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent"
SHOWN_HEADERS = "ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-Id"
SECONDS = "600"


class Cors:
    """Answers what a browser asks before it lets a script have an answer."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = "*" in origins
        self._origins = frozenset(origins) - {"*"}
        self.on = bool(origins)
        self.varies = bool(self._origins) and not self._any

    def headers(self, origin: str | None, exposes: Sequence[str] = ()) -> dict[str, str]:
        """The headers of an answer to that origin; none for an origin that is not listed."""
        allowed = self._allowed(origin)
        if allowed is None:
            return {}
        shown = ", ".join([SHOWN_HEADERS, *exposes])
        return {"Access-Control-Allow-Origin": allowed, "Access-Control-Expose-Headers": shown}

    def preflight(self, origin: str | None, taken: Sequence[str] = ()) -> dict[str, str]:
        """The headers of an answer to ``OPTIONS`` with ``Access-Control-Request-Method``."""
        allowed = self._allowed(origin)
        if allowed is None:
            return {}
        return {
            "Access-Control-Allow-Origin": allowed,
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": ", ".join([REQUEST_HEADERS, *taken]),
            "Access-Control-Max-Age": SECONDS,
        }

    def _allowed(self, origin: str | None) -> str | None:
        if origin is None:
            return None
        if self._any:
            return "*"
        return origin if origin in self._origins else None
