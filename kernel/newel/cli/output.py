"""How commands print: JSON for programs, lines and tables for people. Control characters never reach a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON leaves in its texts and a terminal may obey: control characters of a byte more, among them one that begins
an escape sequence; marks that turn the direction of writing; halves of characters."""


def clean(text: str) -> str:
    """Text that cannot move a cursor or set a clipboard: control characters are shown as escapes."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def show(value: Any, *, as_json: bool) -> None:
    """Prints a JSON-like value."""
    click.echo(rendered(value, as_json=as_json), nl=False)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints columns wide enough for their text."""
    click.echo(tabled(head, rows), nl=False)


def rendered(value: Any, *, as_json: bool) -> str:
    """A JSON-like value as whole lines; empty for nothing."""
    if as_json:
        return f"{_json(value, indent=2)}\n"
    if isinstance(value, Mapping) and isinstance(value.get("data"), list):
        following = (value.get("links") or {}).get("next") or value.get("next")
        return _rows(value["data"]) + ("" if following is None else f"more: --cursor {following}\n")
    if isinstance(value, list | tuple):
        return _rows(value)
    if isinstance(value, Mapping):
        return "".join(f"{clean(str(key))}: {_cell(inner)}\n" for key, inner in value.items())
    return "" if value is None else f"{_cell(value)}\n"


def tabled(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns wide enough for their text, as whole lines; made harmless like all that others wrote."""
    cleaned = [[clean(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[place]) for row in cleaned) for place in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cleaned)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _rows(rows: Sequence[Any]) -> str:
    if not rows:
        return "nothing\n"
    if not all(isinstance(row, Mapping) for row in rows):
        return "".join(f"{_cell(row)}\n" for row in rows)
    head = [key for key in rows[0] if any(row.get(key) not in (None, "", [], {}) for row in rows)]
    return tabled(head, [[_short(row.get(key)) for key in head] for row in rows])


def _short(value: Any) -> str:
    text = _cell(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return "-"
    return _json(value)


def _json(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
