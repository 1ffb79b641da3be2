"""Answers that plugins take part in: one may answer in our place, others add headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import orjson

from newel import Call, NotFound
from newel.contracts.delivery import DeliveryAnswer, DeliveryRead, DeliverySent, ReadKind
from newel.contracts.http import HttpAnswer, HttpRequest
from newel.hooks.delivery import delivery_after_read, delivery_before_read
from newel_delivery.asking import Asked
from newel_delivery.composing import Composed, Composer

if TYPE_CHECKING:
    from newel.app import App

PRIVATE = "private, no-store"
OF_ENTRIES = ("page", "list", "one", "single", "singles")
CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Plugged:
    """Calls the hooks of delivery."""

    def __init__(self, app: App, composer: Composer) -> None:
        self._hooks = app.hooks
        self._composer = composer

    def wanted(self, asked: Asked) -> bool:
        """Whether a plugin wants to know of such a read."""
        used = self._hooks.used
        return (used(delivery_before_read) or used(delivery_after_read)) and asked.kind in OF_ENTRIES

    async def answer(
        self, request: HttpRequest, asked: Asked, call: Call, headers: Callable[[Composed], Mapping[str, str]]
    ) -> HttpAnswer:
        """The answer. Composed first, since plugins go by what is in it. Raises ``NotFound``, ``Malformed``."""
        composed, missing = None, None
        try:
            composed = await self._composer.compose(asked)
        except NotFound as error:
            missing = error
        read = _read(request, asked, composed)
        instead = await self._hooks.first(delivery_before_read, read, call)
        if instead is not None:
            return _said(instead)
        if composed is None:
            raise missing or NotFound("there is nothing")
        sent = await self._hooks.fold(delivery_after_read, DeliverySent(read=read, headers=headers(composed)), call)
        return HttpAnswer(headers=merged({}, sent.headers), body=composed.body)


def _read(request: HttpRequest, asked: Asked, composed: Composed | None) -> DeliveryRead:
    more: dict[str, Any] = {"found": False}
    if asked.kind in ("list", "one", "single"):  # else the type is that of what was found
        more["types"] = (asked.query.type,)
    if composed is not None:
        more = {"types": composed.types, "entries": composed.entries, "body": composed.body}
    return DeliveryRead(
        kind=cast(ReadKind, asked.kind), path=request.path, key=asked.key, query=dict(request.query),
        headers={name: value for name, value in request.headers.items() if name not in CREDENTIALS},
        locale=asked.query.locale, **more,
    )  # fmt: skip


def _said(answer: DeliveryAnswer) -> HttpAnswer:
    """A plugin's answer. It has no tag of ours: nobody knows when it changes."""
    body = b"" if answer.json is None else orjson.dumps(answer.json)
    headers = {"Cache-Control": PRIVATE, "Content-Type": "application/json"}
    return HttpAnswer(status=answer.status, headers=merged(headers, answer.headers), body=body)


def merged(headers: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Headers with others in the place of those of the same name, whatever its case; the last one counts."""
    found = {name.lower(): (name, value) for name, value in (*headers.items(), *more.items())}
    return dict(found.values())
