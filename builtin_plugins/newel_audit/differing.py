"""The two sides of a change, value by value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

LONGEST = 500
MOST = 500
"""Characters of a value and lines that are shown; the row itself has all."""


@frozen
class Difference:
    """``mark`` is ``+``, ``-``, ``~`` (another value) or empty (the same)."""

    mark: str
    path: str
    before: str
    after: str


def differences(before: Any, after: Any) -> list[Difference]:
    """All values of both sides, those that differ first; at most ``MOST``."""
    was, now = dict(_values(before, "")), dict(_values(after, ""))
    found = []
    for path in {**was, **now}:
        mark = "+" if path not in was else "-" if path not in now else "" if was[path] == now[path] else "~"
        found.append(Difference(mark, path, _cut(was.get(path, "")), _cut(now.get(path, ""))))
    return sorted(found, key=lambda one: not one.mark)[:MOST]


def _values(side: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(side, Mapping) and side:
        for name, value in side.items():
            yield from _values(value, f"{path}.{name}" if path else str(name))
    elif side is not None or path:
        yield path, side if isinstance(side, str) else json.dumps(side, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\u2026"
