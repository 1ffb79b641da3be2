"""The headers of requests, and of answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from newel_egress.hosts import Malformed

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
OURS = frozenset(
    {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
        "proxy-authorization", "proxy-connection",
    }
)  # fmt: skip
"""What frames a request or says where it goes."""
HARMLESS = frozenset({"accept", "accept-language", "accept-encoding", "user-agent", "range"})
"""What a redirect to another origin takes along. A list of what is good: credentials have any name."""


def outgoing(given: Mapping[str, str], user_agent: str) -> dict[str, str]:
    """With those that are there unless the request has its own. Raises ``Malformed``."""
    made: dict[str, str] = {}
    for name, value in given.items():
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value) or name.lower() in {*OURS, *made}:
            raise Malformed("header")
        made[name.lower()] = value
    made.setdefault("user-agent", user_agent)
    # Part of a packed answer cannot be unpacked.
    made.setdefault("accept-encoding", "identity" if "range" in made else "gzip")
    return made


def elsewhere(headers: Mapping[str, str]) -> dict[str, str]:
    """What another origin may see of them."""
    return {name: value for name, value in headers.items() if name in HARMLESS}


def incoming(raw: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lower case names; several of one name are joined by commas (RFC 9110, 5.3).

    Bytes that are no UTF-8 are replaced: aiohttp keeps them as surrogates, which nobody further on can store.
    """
    made: dict[str, str] = {}
    for name, value in raw:
        key, value = name.lower(), value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        made[key] = f"{made[key]}, {value}" if key in made else value
    return made
