"""The one way out: whatever the site fetches or calls because somebody named a URL goes through here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import Factory, frozen

from newel.errors import Reject, Transient


class EgressRefused(Reject):
    """The address may not be called: its host, an address that it resolves to, its port or scheme, or where it
    redirects to. Says which rule (also in ``extra["rule"]``), never what was found there."""

    code = "egress_refused"


class EgressFailed(Transient):
    """It could not be reached, took too long, or answered more than it may."""

    code = "egress_failed"


@frozen(kw_only=True)
class Outgoing:
    """A request to somebody else's server. No cookies, no proxy, no credentials but those in ``headers``."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = Factory(dict)
    body: bytes = b""
    seconds: float = 30.0
    """For all of it, from the name's resolution to the last byte. The site may have set less; so with ``max_bytes``."""
    max_bytes: int = 10_485_760
    """Of the body, after decompression."""
    redirects: int = 0
    """How many may be followed; each is checked like the first, and one to another origin takes no credentials along.
    More raise ``EgressFailed``. Only for GET and HEAD without a body: else, and with 0, the redirect is the answer."""


@frozen(kw_only=True)
class Incoming:
    """Its answer. ``headers`` have lower case names. ``pieces`` raises ``EgressFailed`` past ``max_bytes``."""

    status: int
    url: str
    """Where it came from in the end."""
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self.pieces])


class Egress(Protocol):
    """Calls to the outside.

    A name is resolved once, every address it has is checked, and the connection goes to one that was checked. Denied
    are loopback, private, link-local, shared, multicast and reserved networks in whatever spelling, cloud metadata
    names, and ports that are not allowed.
    """

    def send(self, request: Outgoing) -> AbstractAsyncContextManager[Incoming]:
        """Raises ``EgressRefused``, ``EgressFailed``."""

    async def check(self, url: str) -> None:
        """Whether it could be called now, without calling it; for forms that take a URL. Raises as ``send`` does."""
