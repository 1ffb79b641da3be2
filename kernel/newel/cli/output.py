"""How commands print: JSON for programs, lines and tables for people. Control characters never reach a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click


def clean(text: str) -> str:
    """Text that cannot move a cursor or set a clipboard: control characters are shown as escapes."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def show(value: Any, *, as_json: bool) -> None:
    """Prints a JSON-like value."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, indent=2))
    elif isinstance(value, Mapping) and isinstance(value.get("data"), list):
        _table(value["data"])
        if (following := (value.get("links") or {}).get("next") or value.get("next")) is not None:
            click.echo(f"more: --cursor {following}")
    elif isinstance(value, list | tuple):
        _table(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            click.echo(f"{clean(str(key))}: {_cell(inner)}")
    elif value is not None:
        click.echo(_cell(value))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns wide enough for their text."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _table(rows: Sequence[Any]) -> None:
    if not rows:
        click.echo("nothing")
    elif not all(isinstance(row, Mapping) for row in rows):
        for row in rows:
            click.echo(_cell(row))
    else:
        head = [key for key in rows[0] if any(row.get(key) not in (None, "", [], {}) for row in rows)]
        table(head, [[_short(row.get(key)) for key in head] for row in rows])


def _short(value: Any) -> str:
    text = _cell(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return "-"
    return json.dumps(value, ensure_ascii=False)
