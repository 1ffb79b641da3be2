"""Traces: what a request, a command or a job did, step by step, and how long each step took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from attrs import frozen

SpanKind = Literal["internal", "server", "client", "consumer"]
Facts = Mapping[str, str | int | float | bool]
"""What is said of a step. Never a secret: no value of a header, a query, a statement or an input; no body."""


@frozen(kw_only=True)
class Heard:
    """What a request says of the trace it belongs to (W3C Trace Context): the headers as they came."""

    traceparent: str
    tracestate: str = ""
    trusted: bool = False
    """Whether they come from a proxy of ours."""


class Span(Protocol):
    """A step that is under way. Quick, and never raises. What is told after its end is lost."""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""

    @property
    def recording(self) -> bool:
        """Whether it is kept and has not ended: only then is it worth the work of telling it anything."""

    @property
    def ended(self) -> bool: ...

    @property
    def carried(self) -> str:
        """The ``traceparent`` of it, for what goes on later, perhaps in another process."""

    def child(self, name: str, kind: SpanKind = "internal", facts: Facts | None = None) -> Span:
        """A step within it. ``name`` is one of few: an operation, a route, never a path, an id or a person's word."""

    def statement(self, text: str, begun: float, error: BaseException | None) -> None:
        """A statement of the database that has ended. ``text`` has no values; ``begun``: ``perf_counter``."""

    def say(self, facts: Facts) -> None:
        """Adds to what is known of it."""

    def fail(self, error: BaseException) -> None:
        """It goes on, or ends without raising, but what it was for failed. The kind of the error is kept, no words."""

    def outgoing(self, host: str) -> Mapping[str, str]:
        """Headers for a request to this host, so that what happens there becomes a part of the trace; mostly none."""

    def end(self, error: BaseException | None = None) -> None:
        """It has ended. Ending it again changes nothing."""


class Tracing(Protocol):
    """Whoever traces. Without it nothing is traced; doors and ``newel.spans`` look for it."""

    def begin(
        self, name: str, kind: SpanKind, facts: Facts | None = None, *, heard: Heard | None = None, link: str = ""
    ) -> Span:
        """The first step here: a request, a job, an operation that no step is around. It may be one that is not kept.

        ``heard`` makes it a part of the caller's trace where that is believed. ``link`` is what ``Span.carried`` said
        of what asked for it: another trace, that it names.
        """
