"""Figures in Prometheus' terms: names, units and families."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import CollectorRegistry

from newel.contracts.site import Metric, Spread
from newel.versions import VERSION
from newel_metrics.rows import Rows, labels_of

PREFIX = "newel_"
SUFFIXES = ("", "_total", "_bucket", "_count", "_sum", "_created", "_info")
RESERVED = re.compile(r"le|quantile|__.*")


def name_of(metric: Metric) -> str:
    """The name of the family: with our prefix and its unit, without the ``_total`` of a counter's samples."""
    name = PREFIX + metric.name
    if metric.kind == "counter":
        name = name.removesuffix("_total")
    return name if not metric.unit or name.endswith(f"_{metric.unit}") else f"{name}_{metric.unit}"


def shown_as(metric: Metric) -> str:
    """What a query calls it."""
    return name_of(metric) + ("_total" if metric.kind == "counter" else "")


def label_name(name: str) -> str:
    """As Prometheus spells names of labels."""
    name = re.sub(r"[^a-zA-Z0-9_]", "_", name)
    return f"label_{name}" if RESERVED.fullmatch(name) or name[:1].isdigit() else name


class Families:
    """Those of one scrape, as ``prometheus_client`` asks for them."""

    def __init__(self, taken: Sequence[tuple[Metric, Rows]], clash: Callable[[str], None]) -> None:
        """``clash`` is told of a family that is left out, since another one has a name of its samples."""
        self._taken = taken
        self._clash = clash

    def collect(self) -> Iterator[Family]:
        told = {"version": VERSION, "python": platform.python_version()}
        yield InfoMetricFamily("newel_build", "What runs.", value=told)
        names = {"newel_build", "newel_build_info"}
        for metric, rows in self._taken:
            name = name_of(metric)
            if not names.isdisjoint(name + suffix for suffix in SUFFIXES):
                self._clash(name)
                continue
            family = _family(metric, name, rows)
            names |= {name, *(sample.name for sample in family.samples)}
            yield family
        yield from process()


def process() -> Iterator[Family]:
    """Those of the process and of Python, by the names that every dashboard knows."""
    yield from ProcessCollector(registry=None).collect()
    # It cannot be made without a registry.
    registry = CollectorRegistry()
    GCCollector(registry)
    yield from registry.collect()


def _family(metric: Metric, name: str, rows: Rows) -> Family:
    labels = [label_name(label) for label in labels_of(metric)]
    summary = metric.summary.encode("utf-8", "replace").decode()
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(name, summary, labels=labels, unit=metric.unit)
        bounds = [*(repr(float(bound)) for bound in metric.bounds), "+Inf"]
        for values, spread in rows.items():
            if isinstance(spread, Spread):
                buckets = list(zip(bounds, map(float, accumulate(spread.counts)), strict=True))
                histogram.add_metric(values, buckets, spread.sum)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(name, summary, labels=labels, unit=metric.unit)
    for values, value in rows.items():
        if not isinstance(value, Spread):
            family.add_metric(values, value)
    return family
