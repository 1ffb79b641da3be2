"""Spans on their way to the collector: a bounded queue, and a thread that empties it. A request never waits for it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Any, Self

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from newel_tracing.config import TracingConfig
from newel_tracing.counts import Counts, Why

LIBRARY = "opentelemetry"
LONGEST_WORDS = 300
NEEDED = frozenset(
    ("content-type", "content-encoding", "content-length", "user-agent", "accept-encoding", "connection")
)
"""Headers of a request that are none of anybody's secrets."""


class _Alone(requests.Session):
    """Sends what the site is told to send. The library adds headers and keys of ``OTEL_EXPORTER_OTLP_...``, which may
    be secrets that are meant for another collector."""

    def __init__(self, config: TracingConfig, verify: str | bool) -> None:
        super().__init__()
        self.trust_env = False  # no proxy, no .netrc
        self.max_redirects = 0
        self._known = NEEDED | {name.lower() for name in config.headers}
        self._verify = verify

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        for name in [one for one in request.headers if one.lower() not in self._known]:
            del request.headers[name]
        return super().send(request, **(options | {"cert": None, "verify": self._verify}))


def exporter_of(config: TracingConfig) -> SpanExporter:
    """What sends: to this address and no other, whatever the environment says."""
    headers = {name: value.reveal() for name, value in config.headers.items()}
    authorities = ssl.get_default_verify_paths().cafile  # or the library asks for its own list, whatever the system's
    session = _Alone(config, authorities or True)
    return OTLPSpanExporter(config.url, authorities, headers=headers, timeout=config.timeout, session=session)


_QUIET = logging.NullHandler()
"""Of the library's logger: a logger without a handler prints."""


class _Heard(logging.Handler):
    """What the library would print."""

    words = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.words = record.getMessage()[:LONGEST_WORDS]


class Sender(SpanProcessor):
    """Takes spans that have ended. The library's own processor drops without counting, and asks for no time limit."""

    def __init__(self, config: TracingConfig, counts: Counts, log: logging.Logger, exporter: SpanExporter) -> None:
        self._config = config
        self._counts = counts
        self._log = log
        self._exporter = exporter
        self._queue: deque[ReadableSpan] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._until = inf
        """When a stop gives up."""
        self._under_way = 0
        """Spans that are being sent."""
        self._over = False
        """Whether the stop has given up on them."""
        self._told = False
        self._heard = _Heard()
        self._thread = threading.Thread(target=self._work, name="newel-tracing", daemon=True)

    @classmethod
    @asynccontextmanager
    async def started(cls, config: TracingConfig, counts: Counts, log: logging.Logger) -> AsyncIterator[Self]:
        """A sender with its thread; ends within ``flush_seconds``."""
        made = cls(config, counts, log, exporter_of(config))
        library = logging.getLogger(LIBRARY)
        library.addHandler(_QUIET)
        library.addHandler(made._heard)
        library.propagate = False
        made._thread.start()
        try:
            yield made
        finally:
            await made._stop()
            library.removeHandler(made._heard)

    # -- in the event loop --------------------------------------------------------------------------------------------

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing."""

    def on_end(self, span: ReadableSpan) -> None:
        if len(self._queue) >= self._config.queue or self._stopping:
            self._lost(1, "stop" if self._stopping else "queue")
            return
        self._queue.append(span)
        self._counts.waiting = len(self._queue)
        if len(self._queue) >= self._config.batch and not self._wake.is_set():
            self._wake.set()

    async def _stop(self) -> None:
        self._until = monotonic() + self._config.flush_seconds
        self._stopping = True
        self._wake.set()
        await asyncio.to_thread(self._thread.join, self._config.flush_seconds)
        self._exporter.shutdown()  # ends its pauses between attempts
        self._over = True
        if left := len(self._queue) + self._under_way:
            self._lost(left, "stop")
        self._queue.clear()
        self._counts.waiting = 0

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping:
            self._wake.wait(self._config.interval)
            self._wake.clear()
            while self._queue and monotonic() < self._until:
                self._send()

    def _send(self) -> None:
        queue = self._queue
        batch = [queue.popleft() for _ in range(min(len(queue), self._config.batch))]
        self._under_way = len(batch)
        self._counts.waiting = len(queue)
        sent, words = False, ""
        try:
            sent = self._exporter.export(batch) is SpanExportResult.SUCCESS
            words = self._heard.words
        except Exception as error:  # noqa: BLE001 - without its thread nothing would ever be sent again
            words = type(error).__qualname__
        self._under_way = 0
        if self._over:
            return
        if sent:
            self._counts.sent += len(batch)
            if self._told:
                self._told = False
                self._log.info("traces are sent again", extra={"dropped": sum(self._counts.dropped.values())})
        else:
            self._lost(len(batch), "collector", words)

    def _lost(self, count: int, why: Why, words: str = "") -> None:
        """Counts, and tells it once until something arrives again."""
        self._counts.dropped[why] += count
        if not self._told:
            self._told = True
            self._log.warning("traces are dropped", extra={"why": why, "endpoint": self._config.url, "cause": words})
