"""Requests as the first steps of traces: named by their route, never by their path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.commands.permissions import SITE_WATCH
from newel.contracts.tracing import Heard, Span, Tracing
from newel.spans import SPAN

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.clients import Proxies
    from newel_http.exchange import Exchange

PARENT, STATE = "traceparent", "tracestate"


def begin(app: App, exchange: Exchange, proxies: Proxies) -> None:
    """Begins the step of a request whose entry was found, where somebody traces. ``ended`` has to follow."""
    tracing = app.find(Tracing)
    entry = exchange.entry
    if tracing is None or entry is None:
        return
    facts = {
        "http.request.method": exchange.method,
        "http.route": entry.path,
        "newel.operation": entry.operation,
        "newel.request_id": exchange.request_id,
    }
    exchange.span = tracing.begin(f"{entry.method} {entry.path}", "server", facts, heard=_heard(exchange, proxies))
    SPAN.set(exchange.span)


def _heard(exchange: Exchange, proxies: Proxies) -> Heard | None:
    headers = exchange.request.headers
    said = headers.getall(PARENT, ())
    if len(said) != 1:
        return None
    state = ",".join(headers.getall(STATE, ()))
    return Heard(traceparent=said[0], tracestate=state, trusted=proxies.trusts(exchange.request.remote))


def ended(span: Span) -> None:
    """The last byte was handed over. The task goes on with the next request of its connection."""
    SPAN.set(None)
    span.end()


def told(exchange: Exchange) -> str:
    """The trace's id, for those who may look at traces; else nothing."""
    span, call = exchange.span, exchange.call
    if span is None or call is None or not span.recording or not call.actor.may(SITE_WATCH):
        return ""
    return span.trace_id
