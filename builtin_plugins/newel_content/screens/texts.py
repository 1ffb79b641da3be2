"""Values as lines to read, and what differs between two of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from newel.contracts.layout import MOST, Cell, Column, Grid, Line, Text

WIDEST = 2000
"""Characters of a line."""
LONGEST = 2000
"""Lines that are compared one by one; longer texts are told to differ."""


def lines_of(value: Any) -> list[str]:
    """A value as lines: texts as they are, all else as JSON."""
    if value is None:
        return []
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return [line[:WIDEST] for line in text.splitlines()]


def differences(names: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Line, ...]:
    """Field by field: ``-`` before what was, ``+`` before what is."""
    found: list[Line] = []
    for name in names:
        before, after = old.get(name), new.get(name)
        if before != after:
            found += [
                Line(text=name, bold=True, accent=True),
                *_changed(lines_of(before), lines_of(after)),
                Line(text=""),
            ]
    return tuple(found[:MOST]) or (Line(text="They are the same.", faint=True),)


def _changed(old: list[str], new: list[str]) -> Iterator[Line]:
    if max(len(old), len(new)) > LONGEST:
        yield Line(text=f"- {len(old)} lines", fg="red")
        yield Line(text=f"+ {len(new)} lines", fg="green")
        return
    for line in list(unified_diff(old, new, lineterm="", n=2))[2:]:
        if line.startswith("@@"):
            continue
        mark, text = line[:1], line[1:]
        colour = {"-": "red", "+": "green"}.get(mark, "")
        yield Line(text=f"{mark} {text}", fg=colour, faint=mark == " ")


def reading(title: str, lines: Sequence[Line]) -> Grid:
    """One cell with text."""
    cell = Cell(title=title, content=Text(lines=tuple(lines[:MOST])))
    return Grid(columns=(Column(span=12, cells=(cell,)),))


def told(data: Mapping[str, Any]) -> tuple[Line, ...]:
    """All values by name."""
    found: list[Line] = []
    for name, value in data.items():
        found += [Line(text=name, bold=True), *(Line(text=f"  {line}") for line in lines_of(value) or ["-"])]
    return tuple(found[:MOST])
