"""What a plugin may put behind the HTTP door when an operation does not fit: streams, files, the delivery path."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from attrs import Factory, frozen

from newel.errors import NewelError

if TYPE_CHECKING:
    from newel.context import Actor, Call, Permission
    from newel.secrets import Secret

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Base = Literal["api", "root"]


class HttpFault(NewelError):
    """A refusal with a status and headers of its own, such as 405 or 415, where no error of ``newel.errors`` fits."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail, code=code, extra=extra)
        self.status = status
        self.headers = dict(headers or {})


class BodyCut(NewelError):
    """A body ended before its end: the client went away, or what it sent cannot be read. What came before is good."""

    code = "body_cut"


class BodyTooSlow(BodyCut):
    """A body fell silent, or flows too slowly."""

    code = "request_timeout"


class HttpRequest(Protocol):
    """A request as a route sees it. Header names are lower case; ``query`` is in order and no key occurs twice."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def params(self) -> Mapping[str, str]:
        """The ``{name}`` parts of the path, percent-decoded."""

    @property
    def query(self) -> list[tuple[str, str]]: ...
    @property
    def query_text(self) -> str:
        """The query as it was sent, without the question mark; for routes of ``any_query``."""

    @property
    def nested(self) -> Mapping[str, Any]:
        """The query with bracketed keys as nested mappings (and lists, where they count from 0). JSON text is
        accepted in their place; other leaves are ``FromText``."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    def body(self) -> AsyncIterator[bytes]:
        """The body in pieces as it arrives. It may last as long as it flows: ``http.body_seconds``, ``http.body_rate``.

        Raises ``TooLarge`` past the route's ``max_body``, ``BodyCut`` where it breaks off. A route that keeps what has
        arrived does so then: it is not cancelled when the client goes away.
        """

    def problem(self, error: NewelError) -> HttpAnswer:
        """What the door would answer if the route raised this; for routes that tell of several outcomes at once."""


@frozen(kw_only=True)
class HttpAnswer:
    """A finished answer. The door adds request id and security headers, and compresses where that is worth it.

    Headers that are set here stay, but for ``Cache-Control`` (see ``Route.shared``). A stream is not compressed, not
    begun for ``HEAD`` and 304, and closed (``aclose``) as soon as the client goes away. One that announces its
    ``Content-Length`` is begun before the headers are sent, so that an error of its source is still a problem.
    """

    status: int = 200
    headers: Mapping[str, str] = Factory(dict)
    body: bytes | AsyncIterator[bytes] = b""


Handler: TypeAlias = "Callable[[HttpRequest, Call], Awaitable[HttpAnswer]]"


@frozen(kw_only=True)
class Route:
    """A path served by hand. ``path`` is below ``/api/v1`` (``/delivery/{type}``); ``{rest...}`` at its end takes the
    remaining segments. ``needs`` is compulsory. ``max_body`` is in bytes. ``query`` names the parameters it knows
    (with a sentence each): any other is refused with 400. A name that ends in ``[]`` takes bracketed keys.

    ``HEAD`` goes to the route of ``GET`` where it has none of its own. A route of ``OPTIONS`` answers with headers of
    its own; a browser's preflight never reaches it, as that comes without credentials.
    """

    method: Method
    path: str
    handler: Handler
    needs: Permission
    summary: str
    max_body: int = 0
    query: Mapping[str, str] = Factory(dict)
    any_query: bool = False
    """Whether the query is the handler's own affair: nothing of it is read or refused before."""
    slash: bool = False
    """Whether a ``{rest...}`` may end in a slash, which is then part of it, or be empty but for one. Elsewhere a path
    that ends in a slash is no address."""
    base: Base = "api"
    """``root``: ``path`` is the whole path. Its first segment is fixed, and not one that the door keeps for itself:
    ``api`` and the probes."""
    takes: tuple[str, ...] = ()
    """The media types of a body; any other is refused with 415. Empty: the handler looks itself."""
    bearer: Callable[[Secret[str]], Actor | None] | None = None
    """Who the bearer of a token is that is good at this route alone, ``None`` for any other token: those are asked of
    ``Accounts``. For machines that are no user of the site. Compare in constant time (``hmac.compare_digest``)."""
    shared: bool = False
    """Whether the answer is the same whoever asks, so that its ``Cache-Control`` stays where credentials were sent:
    without this that is always ``private, no-store``. Only for ``PUBLIC`` routes."""
    cors_headers: tuple[str, ...] = ()
    """Request headers that scripts of other origins may send here, beside those of the whole door."""
    exposes: tuple[str, ...] = ()
    """Response headers that scripts of other origins may read here, beside those of the whole door."""


class HttpServer(Protocol):
    """The open HTTP door. Provided while serving."""

    @property
    def url(self) -> str:
        """Where it answers, such as ``http://127.0.0.1:8420`` (the real port where the configured one is 0)."""
