"""Reads every figure every few seconds, and keeps what came of it for a while."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from newel.checks import by_name
from newel.contracts.site import LABELS, Metric, Reading, Spread
from newel.failures import BROKEN
from newel.hooks.site import register_metrics
from newel.structure import rfc3339
from newel_site.config import SiteConfig
from newel_site.model import Metrics, Series

if TYPE_CHECKING:
    from newel.app import App

QUANTILES = (0.5, 0.95)
READ_SECONDS = 1.0
MOST = 1000
"""Series in all."""


@frozen
class _Key:
    metric: str
    value: str
    quantile: float | None


@define
class _Kept:
    owner: str
    metric: Metric
    values: deque[float | None]


@define
class _Source:
    owner: str
    metric: Metric
    due: float = float("-inf")
    read_at: float | None = None
    before: dict[str, float | Spread] = field(factory=dict)


class Sampler:
    """The readings of this process."""

    def __init__(self, app: App, config: SiteConfig) -> None:
        self._app = app
        self._every = config.sample_seconds
        self._times: deque[str] = deque(maxlen=config.samples)
        self._sources: list[_Source] = []
        self._series: dict[_Key, _Kept] = {}

    def renew(self) -> None:
        """Looks at who brings figures now. Raises ``BootError`` for two of one name."""
        known = {one.metric.name: one for one in self._sources}
        found = by_name(self._app.collected(register_metrics), "figure")
        self._sources = [
            old if (old := known.get(metric.name)) is not None and old.metric is metric else _Source(owner, metric)
            for owner, metric in found
        ]

    @asynccontextmanager
    async def sampling(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._go_on(), name="newel-site-samples")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _go_on(self) -> None:
        while True:
            await self.take()
            await self._app.clock.sleep(self._every)

    async def take(self) -> None:
        """Reads all figures once."""
        now = self._app.clock.monotonic()
        told: dict[_Key, tuple[_Source, float | None]] = {}
        for source in self._sources:
            for key, value in (await self._tried(source, now)).items():
                told[key] = (source, value)
        for key in [key for key in self._series if key not in told]:
            if all(value is None for value in self._series[key].values):
                del self._series[key]  # nobody has told of it for as long as is remembered
        for key, (source, _) in told.items():
            if key not in self._series and len(self._series) < MOST:
                none: deque[float | None] = deque([None] * len(self._times), maxlen=self._times.maxlen)
                self._series[key] = _Kept(source.owner, source.metric, none)
        self._times.append(rfc3339(self._app.clock.now()))
        for key, kept in self._series.items():
            kept.values.append(told[key][1] if key in told else None)

    async def _tried(self, source: _Source, now: float) -> Mapping[_Key, float | None]:
        begun = perf_counter()
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._of(source, now)
        except BROKEN as error:
            details = {
                "plugin": source.owner,
                "metric": source.metric.name,
                "seconds": round(perf_counter() - begun, 3),
            }
            self._app.log.debug("a figure could not be read", extra=details, exc_info=error)
            return {}

    async def _of(self, source: _Source, now: float) -> Mapping[_Key, float | None]:
        metric = source.metric
        if now < source.due:
            return {key: self._series[key].values[-1] for key in self._series if key.metric == metric.name}
        source.due = now + metric.every - self._every / 2 if metric.every else now
        passed = 0.0 if source.read_at is None else now - source.read_at
        source.read_at = now
        read = source.metric.read()
        reading: Reading = read if isinstance(read, int | float | Spread | Mapping) else await read
        by_label = by_first_label(reading)
        found: dict[_Key, float | None] = {}
        for value, told in by_label.items():
            before = source.before.get(value)
            if isinstance(told, Spread):
                counts = told.counts
                if isinstance(before, Spread):
                    counts = tuple(new - old for new, old in zip(told.counts, before.counts, strict=True))
                for quantile in QUANTILES:
                    found[_Key(metric.name, value, quantile)] = quantile_of(counts, metric.bounds, quantile)
            elif metric.kind == "counter":
                grown = told - before if isinstance(before, int | float) else told
                found[_Key(metric.name, value, None)] = max(0.0, grown) / passed if passed else None
            else:
                found[_Key(metric.name, value, None)] = float(told)
        source.before = by_label
        return {key: one if one is None or isfinite(one) else None for key, one in found.items()}

    def told(self, names: Sequence[str], last: int) -> Metrics:
        """What is kept."""
        series = tuple(
            Series(
                id=_id(key, label_of(kept.metric)), name=key.metric, plugin=kept.owner, kind=kept.metric.kind,
                unit=kept.metric.unit, summary=kept.metric.summary, label=label_of(kept.metric), value=key.value,
                quantile=key.quantile, values=tuple(kept.values)[-last:],
            )
            for key, kept in sorted(self._series.items(), key=lambda item: _id(item[0], ""))
            if not names or key.metric in names
        )  # fmt: skip
        return Metrics(every=self._every, times=tuple(self._times)[-last:], series=series)


def by_first_label(reading: Reading) -> dict[str, float | Spread]:
    """The values by the first label, added up over the others; at most ``LABELS``."""
    if not isinstance(reading, Mapping):
        return {"": reading}
    found: dict[str, float | Spread] = {}
    for labels, value in reading.items():
        first = labels[0] if isinstance(labels, tuple) else labels
        if first in found:
            found[first] = _sum(found[first], value)
        elif len(found) < LABELS:
            found[first] = value
    return found


def _sum(one: float | Spread, other: float | Spread) -> float | Spread:
    if isinstance(one, Spread) and isinstance(other, Spread):
        counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
        return Spread(counts=counts, sum=one.sum + other.sum)
    if isinstance(one, Spread) or isinstance(other, Spread):
        raise TypeError("a reading is of numbers or of spreads")
    return one + other


def quantile_of(counts: Sequence[int], bounds: Sequence[float], quantile: float) -> float | None:
    """Where that share of the values lies, as far as ranges tell: on a line from one bound to the next. Above the last
    bound: that bound. ``None``: there are no values."""
    rank, seen, low = quantile * sum(counts), 0, 0.0
    if not sum(counts):
        return None
    for count, high in zip(counts, bounds, strict=False):
        if count and seen + count >= rank:
            return low + (high - low) * (rank - seen) / count
        seen, low = seen + count, high
    return low


def label_of(metric: Metric) -> str:
    """The one label that is shown."""
    return metric.labels[0] if metric.labels else metric.label


def _id(key: _Key, label: str) -> str:
    parts = [f'{label or "label"}="{key.value}"'] if key.value else []
    parts += [f'quantile="{key.quantile:g}"'] if key.quantile is not None else []
    return key.metric + (f"{{{','.join(parts)}}}" if parts else "")
