"""The page that Prometheus reads. However many ask at once, figures are read once a second at most."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.contracts.site import Metric
from newel_metrics.reading import Readings
from newel_metrics.rows import Rows

if TYPE_CHECKING:
    from newel.app import App
    from newel_metrics.writing import Form

KEEP_SECONDS = 1.0
TYPES: dict[Form, str] = {
    "text": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}


def form_of(accept: str) -> Form:
    """OpenMetrics for who names it (and does not refuse it), else the text format, which everybody reads."""
    for part in accept.lower().split(","):
        media, _, parameters = part.partition(";")
        if media.strip() == "application/openmetrics-text" and "q=0" not in parameters.replace(" ", "").split(";"):
            return "openmetrics"
    return "text"


class Page:
    """Kept for a second, in each form that was asked for."""

    def __init__(self, app: App, readings: Readings) -> None:
        self._app = app
        self._readings = readings
        self._lock = asyncio.Lock()
        self._until = float("-inf")
        self._taken: Sequence[tuple[Metric, Rows]] = ()
        self._bodies: dict[Form, bytes] = {}
        self._clashes: set[str] = set()

    async def text(self, form: Form) -> bytes:
        async with self._lock:
            if self._app.clock.monotonic() >= self._until:
                self._bodies.clear()
                self._taken = await self._readings.taken()
                self._until = self._app.clock.monotonic() + KEEP_SECONDS
            if form not in self._bodies:
                # Beside the loop: it takes some milliseconds, and reads what the system knows of the process.
                self._bodies[form] = await asyncio.to_thread(self._written, form)
            return self._bodies[form]

    def _written(self, form: Form) -> bytes:
        # A twentieth of a second of imports, which a site that nobody scrapes does not need.
        from newel_metrics.families import families
        from newel_metrics.writing import written

        return written(families(self._taken, self._clash), form)

    def _clash(self, name: str) -> None:
        if name not in self._clashes:
            self._clashes.add(name)
            self._app.log.warning("two figures have one name at /metrics; one is left out", extra={"metric": name})
