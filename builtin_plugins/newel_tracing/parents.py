"""Where a trace comes from and where it goes on: W3C Trace Context, and whose word counts."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from newel.contracts.tracing import Heard
from newel_tracing.config import TracingConfig

LONGEST = 512
_FORM = TraceContextTextMapPropagator()


def read(traceparent: str, tracestate: str = "") -> SpanContext | None:
    """The step that the headers name; ``None`` where they are not well-formed."""
    if not 0 < len(traceparent) <= LONGEST or len(tracestate) > LONGEST:
        return None
    carrier = {"traceparent": traceparent, "tracestate": tracestate}
    found = get_current_span(_FORM.extract(carrier, Context())).get_span_context()
    return found if found.is_valid else None


def written(context: SpanContext) -> dict[str, str]:
    """The headers that name a step."""
    carrier: dict[str, str] = {}
    _FORM.inject(carrier, set_span_in_context(NonRecordingSpan(context), Context()))
    return carrier


class Trust:
    """Whose headers count, and who gets some."""

    def __init__(self, config: TracingConfig) -> None:
        self._whom = config.trust_incoming
        self._exact = frozenset(one for one in config.propagate_hosts if not one.startswith("*."))
        self._below = tuple(one[1:] for one in config.propagate_hosts if one.startswith("*."))

    def parent(self, heard: Heard | None) -> SpanContext | None:
        if heard is None or self._whom == "never" or (self._whom == "proxies" and not heard.trusted):
            return None
        return read(heard.traceparent, heard.tracestate)

    def outgoing(self, context: SpanContext, host: str) -> Mapping[str, str]:
        if host in self._exact or (self._below and host.endswith(self._below)):
            return written(context)
        return {}
