"""Reads of published content over HTTP, as the hooks of delivery see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import Factory, frozen

ReadKind = Literal["page", "list", "one", "single", "singles"]


@frozen(kw_only=True, eq=False)
class DeliveryRead:
    """What a reader asked for, and what the answer is made of. Nothing of it has left the house yet."""

    kind: ReadKind
    path: str
    """The whole address, such as ``/api/v1/delivery/post/hello``."""
    key: str = ""
    """The path of a page (``about/team``, empty for the home page), or the id or slug of an entry."""
    query: Mapping[str, str] = Factory(dict)
    headers: Mapping[str, str] = Factory(dict)
    """Of the request, in lower case, without credentials: who asks stands in ``call.actor``."""
    locale: str | None = None
    """The one asked for; ``None``: the default one."""
    found: bool = True
    types: tuple[str, ...] = ()
    """Of all entries in the answer, those in the place of references too; the type that was asked for comes first."""
    entries: tuple[str, ...] = ()
    """Their ids."""
    body: bytes = b""
    """The answer, as JSON; empty where nothing was found."""
    kept: dict[str, Any] = Factory(dict)
    """What a plugin keeps from ``delivery_before_read`` to ``delivery_after_read``, under its own name."""


@frozen(kw_only=True)
class DeliveryAnswer:
    """What a plugin answers instead. It says ``Cache-Control: private, no-store``, unless its headers say otherwise:
    a copy that others get may be kept only where every reader would be answered the same."""

    status: int = 200
    headers: Mapping[str, str] = Factory(dict)
    json: Any = None
    """The body; ``None``: an empty one."""


@frozen(kw_only=True, eq=False)
class DeliverySent:
    """An answer about to go out."""

    read: DeliveryRead
    headers: Mapping[str, str]
    """What it will say, ``Cache-Control`` and ``ETag`` included."""
