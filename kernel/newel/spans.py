"""The step that is under way in this task, for traces. Where nobody traces, each use costs one look at a variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

from newel.contracts.tracing import Facts, Span, SpanKind, Tracing

if TYPE_CHECKING:
    from newel.app import App

# A context variable has to stand at module level: it is per task, not shared state.
SPAN: ContextVar[Span | None] = ContextVar("newel_span", default=None)
_NONE: Mapping[str, str] = {}
_NOTHING: AbstractContextManager[None] = nullcontext()


def recorded() -> Span | None:
    """The present step, where it is kept."""
    span = SPAN.get()
    return span if span is not None and span.recording else None


def carried() -> str:
    """What is to be kept with work that goes on later (``Tracing.begin(link=...)``); empty where nobody traces."""
    span = SPAN.get()
    return "" if span is None or span.ended else span.carried


def outgoing(host: str) -> Mapping[str, str]:
    """Headers for a request to this host (``Span.outgoing``)."""
    span = SPAN.get()
    return _NONE if span is None else span.outgoing(host)


def statement(text: str, begun: float, error: BaseException | None = None) -> None:
    """For engines: a statement has ended that began at ``begun`` (``perf_counter``). They ask ``SPAN`` before: it is
    the one place where a call for nothing would show."""
    span = SPAN.get()
    if span is not None and span.recording:
        span.statement(text, begun, error)


class Within:
    """Makes a step the present one for a block, and ends it after the block, with what that raised."""

    __slots__ = ("_span", "_token")
    _token: Token[Span | None]

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = SPAN.set(self._span)
        return self._span

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        SPAN.reset(self._token)
        self._span.end(error)


def step(
    name: str, kind: SpanKind = "internal", facts: Callable[[], Facts] | None = None
) -> AbstractContextManager[Span | None]:
    """A step within the present one, for a block. Nothing where that is not kept; ``facts`` is not asked then."""
    span = SPAN.get()
    if span is None or not span.recording:
        return _NOTHING
    return Within(span.child(name, kind, None if facts is None else facts()))


def first(
    app: App, name: str, kind: SpanKind = "internal", facts: Facts | None = None, *, link: str = ""
) -> AbstractContextManager[Span | None]:
    """A step that begins a trace, whatever is under way."""
    tracing = app.find(Tracing)
    return _NOTHING if tracing is None else Within(tracing.begin(name, kind, facts, link=link))


def operation(app: App, name: str, door: str) -> AbstractContextManager[Span | None]:
    """An operation: a step within the present one, or the first of a trace where there is none."""
    span = SPAN.get()
    if span is None or span.ended:
        tracing = app.find(Tracing)
        return _NOTHING if tracing is None else Within(tracing.begin(name, "internal", {"newel.door": door}))
    return Within(span.child(name, "internal", {"newel.door": door})) if span.recording else _NOTHING
