"""Steps as OpenTelemetry keeps them (``newel.contracts.tracing``)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from time import perf_counter, time_ns

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags, set_span_in_context

from newel.contracts.tracing import Facts, Heard, Span, SpanKind
from newel.errors import BootError, NewelError, PluginError, Transient
from newel.versions import VERSION
from newel_tracing.config import TracingConfig
from newel_tracing.counts import Counts
from newel_tracing.parents import Trust, read, written
from newel_tracing.sending import Sender
from newel_tracing.statements import shown

LONGEST = 1000
KINDS: Mapping[SpanKind, otel.SpanKind] = {
    "internal": otel.SpanKind.INTERNAL,
    "server": otel.SpanKind.SERVER,
    "client": otel.SpanKind.CLIENT,
    "consumer": otel.SpanKind.CONSUMER,
}


class Tracer:
    """Keeps the contract ``Tracing``."""

    def __init__(self, config: TracingConfig, sender: Sender, counts: Counts, dialect: Callable[[], str]) -> None:
        self.config = config
        self.counts = counts
        self.trust = Trust(config)
        self.dialect = dialect
        self._ids = RandomIdGenerator()
        provider = TracerProvider(
            sampler=ALWAYS_ON,  # who is kept is decided here, before the library does any work
            resource=Resource({"service.name": config.service_name, "service.version": VERSION}),
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attributes=32, max_span_attribute_length=LONGEST, max_links=1),
        )
        provider.add_span_processor(sender)
        self.library = provider.get_tracer("newel", VERSION)

    def begin(
        self, name: str, kind: SpanKind, facts: Facts | None = None, *, heard: Heard | None = None, link: str = ""
    ) -> Span:
        parent = self.trust.parent(heard)
        asked = read(link) if parent is None else None
        decided = parent or asked
        kept = decided.trace_flags.sampled if decided is not None else random.random() < self.config.sample_ratio  # noqa: S311 - no secret
        if not kept:
            return Unkept(self, parent)
        context = Context() if parent is None else set_span_in_context(NonRecordingSpan(parent), Context())
        links = () if asked is None else (otel.Link(asked),)
        made = self.library.start_span(name, context, KINDS[kind], facts, links)
        return Kept(self, Trace(self.config.spans - 1), made)

    def named(self, parent: SpanContext | None) -> SpanContext:
        """Who a step is that is not kept."""
        ids = self._ids
        if parent is None:
            return SpanContext(ids.generate_trace_id(), ids.generate_span_id(), is_remote=False)
        return SpanContext(
            parent.trace_id, ids.generate_span_id(), is_remote=False, trace_flags=TraceFlags(0),
            trace_state=parent.trace_state,
        )  # fmt: skip


class Trace:
    """What the steps of one request or job share: how many more may come, and when it is by which clock."""

    __slots__ = ("_begun", "_wall", "dropped", "left")

    def __init__(self, left: int) -> None:
        self.left = left
        self.dropped = 0
        self._begun = perf_counter()
        self._wall = time_ns()

    def at(self, moment: float) -> int:
        """Nanoseconds since 1970 at a moment of ``perf_counter``."""
        return self._wall + int((moment - self._begun) * 1e9)

    def takes(self, counts: Counts) -> bool:
        """Whether there is room for one more step."""
        if self.left > 0:
            self.left -= 1
            return True
        self.dropped += 1
        counts.dropped["limit"] += 1
        return False


class Unkept:
    """A step that nobody will see. Only who asks hears its name: hosts that go on with the trace, and jobs."""

    __slots__ = ("_known", "_parent", "_tracer", "ended")
    recording = False

    def __init__(self, tracer: Tracer, parent: SpanContext | None) -> None:
        self._tracer = tracer
        self._parent = parent
        self._known: SpanContext | None = None
        self.ended = False

    @property
    def _context(self) -> SpanContext:
        if self._known is None:
            self._known = self._tracer.named(self._parent)
        return self._known

    @property
    def trace_id(self) -> str:
        return otel.format_trace_id(self._context.trace_id)

    @property
    def carried(self) -> str:
        return written(self._context)["traceparent"]

    def child(self, name: str, kind: SpanKind = "internal", facts: Facts | None = None) -> Span:
        return self

    def statement(self, text: str, begun: float, error: BaseException | None) -> None:
        """Nothing."""

    def say(self, facts: Facts) -> None:
        """Nothing."""

    def fail(self, error: BaseException) -> None:
        """Nothing."""

    def outgoing(self, host: str) -> Mapping[str, str]:
        return self._tracer.trust.outgoing(self._context, host)

    def end(self, error: BaseException | None = None) -> None:
        self.ended = True


class Kept:
    """A step that is sent when it has ended."""

    __slots__ = ("_span", "_trace", "_tracer", "ended")

    def __init__(self, tracer: Tracer, trace: Trace, span: otel.Span) -> None:
        self._tracer = tracer
        self._trace = trace
        self._span = span
        self.ended = False

    @property
    def recording(self) -> bool:
        return not self.ended

    @property
    def trace_id(self) -> str:
        return otel.format_trace_id(self._span.get_span_context().trace_id)

    @property
    def carried(self) -> str:
        return written(self._span.get_span_context())["traceparent"]

    def child(self, name: str, kind: SpanKind = "internal", facts: Facts | None = None) -> Span:
        if not self._trace.takes(self._tracer.counts):
            return Unkept(self._tracer, self._span.get_span_context())
        return Kept(self._tracer, self._trace, self._begun(name, kind, facts))

    def _begun(self, name: str, kind: SpanKind, facts: Facts | None, start: int | None = None) -> otel.Span:
        context = set_span_in_context(self._span, Context())
        return self._tracer.library.start_span(name, context, KINDS[kind], facts, start_time=start)

    def statement(self, text: str, begun: float, error: BaseException | None) -> None:
        if not self._trace.takes(self._tracer.counts):
            return
        known = shown(text)
        facts = {
            "db.system.name": self._tracer.dialect(),
            "db.operation.name": known.verb,
            "db.query.text": known.text,
        }
        span = self._begun(known.name, "client", facts, self._trace.at(begun))
        if error is not None:
            _failed(span, error)
        span.end(self._trace.at(perf_counter()))

    def say(self, facts: Facts) -> None:
        self._span.set_attributes(facts)

    def fail(self, error: BaseException) -> None:
        _failed(self._span, error)

    def outgoing(self, host: str) -> Mapping[str, str]:
        return self._tracer.trust.outgoing(self._span.get_span_context(), host)

    def end(self, error: BaseException | None = None) -> None:
        if self.ended:
            return
        self.ended = True
        if error is not None:
            _failed(self._span, error)
        if self._trace.dropped:
            self._span.set_attribute("newel.dropped_steps", self._trace.dropped)
        self._span.end()


def _failed(span: otel.Span, error: BaseException) -> None:
    """The kind of an error; its words may hold what somebody typed. A polite refusal is no failure."""
    if isinstance(error, NewelError) and not isinstance(error, Transient | PluginError | BootError):
        span.set_attribute("newel.refused", error.reason)
        return
    span.set_attribute("error.type", error.reason if isinstance(error, NewelError) else type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))
