"""The page that Prometheus reads. However many ask at once, figures are read once a second at most."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from newel_metrics.reading import Readings

if TYPE_CHECKING:
    from newel.app import App
    from newel_metrics.families import Families

KEEP_SECONDS = 1.0
Form = Literal["text", "openmetrics"]
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
        self._families: Families | None = None
        self._bodies: dict[Form, bytes] = {}
        self._clashes: set[str] = set()

    async def text(self, form: Form) -> bytes:
        async with self._lock:
            if self._app.clock.monotonic() >= self._until:
                self._bodies.clear()
            if form not in self._bodies:
                if not self._bodies or self._families is None:
                    self._families = await self._taken()
                    self._until = self._app.clock.monotonic() + KEEP_SECONDS
                # Beside the loop: it takes some milliseconds.
                self._bodies[form] = await asyncio.to_thread(_written, self._families, form)
            return self._bodies[form]

    async def _taken(self) -> Families:
        taken = await self._readings.taken()
        # A twentieth of a second of imports, which a site that nobody scrapes does not need.
        await asyncio.to_thread(import_module, "newel_metrics.families")
        from newel_metrics.families import Families

        return Families(taken, self._clash)

    def _clash(self, name: str) -> None:
        """In a thread; a set takes that."""
        if name not in self._clashes:
            self._clashes.add(name)
            self._app.log.warning("two figures have one name at /metrics; one is left out", extra={"metric": name})


def _written(families: Families, form: Form) -> bytes:
    from prometheus_client import exposition
    from prometheus_client.openmetrics import exposition as openmetrics

    write = openmetrics.generate_latest if form == "openmetrics" else exposition.generate_latest
    return write(families)
