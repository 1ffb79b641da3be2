"""What a plugin may put behind the HTTP door when an operation does not fit: streams, files, the delivery path."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from attrs import Factory, frozen

if TYPE_CHECKING:
    from newel.context import Call, Permission

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


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
    def nested(self) -> Mapping[str, Any]:
        """The query with bracketed keys as nested mappings (and lists, where they count from 0). JSON text is
        accepted in their place; other leaves are ``FromText``."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    def body(self) -> AsyncIterator[bytes]:
        """The body in pieces as it arrives; raises ``TooLarge`` past the route's ``max_body``."""


@frozen(kw_only=True)
class HttpAnswer:
    """A finished answer. The door adds request id and security headers, and compresses where that is worth it."""

    status: int = 200
    headers: Mapping[str, str] = Factory(dict)
    body: bytes | AsyncIterator[bytes] = b""


Handler: TypeAlias = "Callable[[HttpRequest, Call], Awaitable[HttpAnswer]]"


@frozen(kw_only=True)
class Route:
    """A path served by hand. ``path`` is below ``/api/v1`` (``/delivery/{type}``); ``{rest...}`` at its end takes the
    remaining segments. ``needs`` is compulsory. ``max_body`` is in bytes. ``query`` names the parameters it knows
    (with a sentence each): any other is refused with 400. A name that ends in ``[]`` takes bracketed keys.
    """

    method: Method
    path: str
    handler: Handler
    needs: Permission
    summary: str
    max_body: int = 0
    query: Mapping[str, str] = Factory(dict)


class HttpServer(Protocol):
    """The open HTTP door. Provided while serving."""

    @property
    def url(self) -> str:
        """Where it answers, such as ``http://127.0.0.1:8420`` (the real port where the configured one is 0)."""
