"""Figures in Prometheus' terms: names, units and families."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from attrs import frozen
from prometheus_client import GCCollector, ProcessCollector
from prometheus_client.registry import CollectorRegistry

from newel.contracts.site import Metric
from newel.versions import VERSION
from newel_metrics.rows import Rows, labels_of

PREFIX = "newel_"
SUFFIXES = ("", "_total", "_bucket", "_count", "_sum", "_created", "_info")
RESERVED = re.compile(r"le|quantile|__.*")


@frozen
class Family:
    """What is written under one ``# TYPE``. ``name`` is without the ``_total`` of a counter's samples."""

    name: str
    kind: Literal["gauge", "counter", "histogram", "info"]
    unit: str
    summary: str
    labels: tuple[str, ...]
    rows: Rows
    bounds: tuple[float, ...] = ()


def name_of(metric: Metric) -> str:
    """The name of the family: with our prefix and its unit."""
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


def families(taken: Sequence[tuple[Metric, Rows]], clash: Callable[[str], None]) -> Iterator[Family]:
    """Those of one scrape. ``clash`` is told of one that is left out, since another has a name of its samples."""
    told = (VERSION, platform.python_version())
    yield Family("newel_build", "info", "", "What runs.", ("version", "python"), {told: 1.0})
    names = {"newel_build", "newel_build_info"}
    for metric, rows in taken:
        name = name_of(metric)
        if not names.isdisjoint(name + suffix for suffix in SUFFIXES):
            clash(name)
            continue
        suffixes = {"counter": ("_total",), "gauge": (), "histogram": ("_bucket", "_count", "_sum")}[metric.kind]
        names |= {name, *(name + suffix for suffix in suffixes)}
        labels = tuple(map(label_name, labels_of(metric)))
        yield Family(name, metric.kind, metric.unit, metric.summary, labels, rows, metric.bounds)
    yield from process()


def process() -> Iterator[Family]:
    """Those of the process and of Python, by the names that every dashboard knows."""
    # One of them cannot be made without a registry.
    registry = CollectorRegistry()
    GCCollector(registry)
    for collector in (ProcessCollector(registry=None), registry):
        for one in collector.collect():
            kind: Literal["gauge", "counter"] = "counter" if one.type == "counter" else "gauge"
            rows = {tuple(sample.labels.values()): sample.value for sample in one.samples}
            yield Family(one.name, kind, "", one.documentation, tuple(one.samples[0].labels), rows)
