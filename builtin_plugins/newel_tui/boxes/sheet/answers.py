"""What an operation answered, as a sheet to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.layout import MOST, Cell, Column, Detail, Grid, Line, Pair, Primitive, Table, Text
from newel.contracts.views import Act, Sheet
from newel_tui.boxes.cells import plain

SECRETS = {"token", "secret", "password", "recovery_codes", "codes", "private_key", "signing_secret", "plaintext"}
"""Fields of answers that are told once. What they are called is part of the operations' public surface."""
MANY = 200
"""Rows of a table inside an answer."""
COLUMNS = 8
DEEP = 4
LINE = 2000
"""Characters of one line: a longer text is told in several."""


def sheet_of(answer: object) -> Sheet:
    """Mappings become labelled lines, lists of mappings tables, texts lines. Secrets stand in a cell of their own."""
    cells: list[Cell] = []
    if isinstance(answer, Mapping):
        told = {key: value for key, value in answer.items() if key in SECRETS and value and not _nested(value)}
        if told:
            cells.append(_secret(told))
        cells += _parts("", {key: value for key, value in answer.items() if key not in told}, 0)
    else:
        told = {}
        cells += _parts("", answer, 0)
    copied = "\n".join(_lines(value) for value in told.values())
    acts = (Act(name="copy_secret", label="copy the secret", key="y"),) if told else ()
    grid = Grid(columns=(Column(span=12, cells=tuple(cells[:100])),))
    return Sheet(grid=grid, acts=acts, subject={"copied": copied} if told else {})


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list | tuple) and any(map(_nested, value)))


def _lines(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _secret(told: Mapping[str, Any]) -> Cell:
    lines = [Line(text="This is shown once. Keep it now; y copies it.", accent=True), Line(text="")]
    for key, value in told.items():
        lines.append(Line(text=_label(key), faint=True))
        lines += [Line(text=one[:LINE], bold=True) for one in _lines(value).split("\n")]
    return Cell(title="Shown once", content=Text(lines=tuple(lines[:MOST])))


def _label(key: str) -> str:
    return key.replace("_", " ")


def _parts(title: str, value: Any, depth: int) -> list[Cell]:
    """Cells for a value: what is flat first, then what is inside it."""
    if isinstance(value, Mapping):
        flat = {key: one for key, one in value.items() if not _deep(one)}
        cells = [_cell(title, _detail(flat))] if flat or not value else []
        for key, one in value.items():
            if key not in flat:
                name = f"{title} · {_label(str(key))}" if title else _label(str(key))
                cells += _parts(name, one, depth + 1) if depth < DEEP else [_cell(name, _text(plain(one)))]
        return cells
    if isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value):
        return [_cell(title, _table(value))]
    if isinstance(value, list | tuple):
        return [_cell(title, _text("\n".join(plain(one) for one in value) or "nothing"))]
    return [_cell(title, _text("done" if value is None else value if isinstance(value, str) else plain(value)))]


def _deep(value: Any) -> bool:
    """Whether it wants a cell of its own."""
    if isinstance(value, str):
        return "\n" in value or len(value) > 300
    return (isinstance(value, Mapping) and bool(value)) or (isinstance(value, list | tuple) and _nested(value))


def _cell(title: str, content: Primitive) -> Cell:
    return Cell(title=title[:200], content=content)


def _detail(values: Mapping[str, Any]) -> Detail:
    pairs = [Pair(label=_label(str(key))[:200], value=plain(value)) for key, value in list(values.items())[:MOST]]
    return Detail(fields=tuple(pairs) or (Pair(label="nothing"),))


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    keys = list(dict.fromkeys(key for row in rows[:MANY] for key in row))[:COLUMNS]
    lines = [tuple(plain(row.get(key)) for key in keys) for row in rows[:MANY]]
    if len(rows) > MANY:
        lines.append((f"… {len(rows) - MANY:,} more",))
    return Table(headers=tuple(_label(str(key))[:200] for key in keys) or ("",), rows=tuple(lines), cursor=len(lines))


def _text(text: str) -> Text:
    lines = [line[at : at + LINE] for line in text.split("\n") for at in range(0, max(1, len(line)), LINE)]
    return Text(lines=tuple(Line(text=one) for one in lines[:MOST]))
