"""Families as text, in the format of Prometheus and in that of OpenMetrics.

Ours, since prometheus_client's takes ten times as long: it checks and sorts the labels of each sample, and a
histogram has a dozen with the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import Literal

from newel.contracts.site import Spread
from newel_metrics.families import Family

Form = Literal["text", "openmetrics"]
WHOLE = {"counter": "_total", "info": "_info"}


def written(families: Iterable[Family], form: Form) -> bytes:
    """The whole page."""
    lines = chain.from_iterable(_family(one, form) for one in families)
    return ("".join(lines) + ("# EOF\n" if form == "openmetrics" else "")).encode("utf-8", "replace")


def _family(family: Family, form: Form) -> Iterator[str]:
    whole = family.name + WHOLE.get(family.kind, "")
    summary = family.summary.replace("\\", r"\\").replace("\n", r"\n")
    if form == "openmetrics":
        name, kind, summary = family.name, family.kind, summary.replace('"', r"\"")
    else:
        name, kind = whole, "gauge" if family.kind == "info" else family.kind
    yield f"# HELP {name} {summary}\n# TYPE {name} {kind}\n"
    if form == "openmetrics" and family.unit:
        yield f"# UNIT {name} {family.unit}\n"
    bounds = [*(repr(float(bound)) for bound in family.bounds), "+Inf"]
    for values, value in family.rows.items():
        labels = ",".join(f'{label}="{_escaped(one)}"' for label, one in zip(family.labels, values, strict=True))
        if isinstance(value, Spread):
            yield from _histogram(family.name, labels, bounds, value)
        else:
            yield f"{whole}{_braced(labels)} {float(value)!r}\n"


def _histogram(name: str, labels: str, bounds: list[str], spread: Spread) -> Iterator[str]:
    before = f"{labels}," if labels else ""
    for bound, count in zip(bounds, accumulate(spread.counts), strict=True):
        yield f'{name}_bucket{{{before}le="{bound}"}} {count}\n'
    yield f"{name}_count{_braced(labels)} {sum(spread.counts)}\n{name}_sum{_braced(labels)} {float(spread.sum)!r}\n"


def _braced(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
