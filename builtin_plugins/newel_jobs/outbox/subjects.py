"""Subjects of events as text and back, and the line in which an event stands."""

from __future__ import annotations

import builtins
import hashlib
import inspect
import json
from collections.abc import Callable
from functools import reduce
from typing import Any

from attrs import has

from newel.errors import BootError
from newel.structure import Structurer


def subject_type(spec: Callable[..., Any]) -> type[Any]:
    """The class that the declaration of a ``notify`` hook names for its subject. ``BootError`` where it cannot be."""
    name = next(iter(inspect.signature(spec).parameters.values())).annotation
    found = name
    if isinstance(name, str):
        known = vars(builtins) | getattr(spec, "__globals__", {})
        first, *rest = name.split(".")
        found = reduce(lambda thing, part: getattr(thing, part, None), rest, known.get(first))
    if found is str or (isinstance(found, type) and has(found)):
        return found
    raise BootError(
        f"hook '{spec.__name__}': its subject ('{name}') must be an attrs class or str that its module imports at run "
        "time (not under TYPE_CHECKING), since events are written down and read again"
    )


def written(structurer: Structurer, subject: Any) -> str:
    return json.dumps(structurer.unstructure(subject), ensure_ascii=False)


def lane_of(plugin: str, hook: str, subject: Any, event: str) -> str:
    """Events with one lane are told one after another. Those of one entity share it, whatever their hook."""
    kind, id = getattr(subject, "type", None), getattr(subject, "id", None)
    if id is not None:
        what = ["entity", str(kind), str(id)]
    elif isinstance(subject, str):
        what = ["text", hook, subject]
    else:
        what = ["event", event]
    return hashlib.sha256(json.dumps([plugin, *what]).encode()).hexdigest()
