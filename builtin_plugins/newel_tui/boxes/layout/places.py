"""Where the cells of a grid stand."""

from __future__ import annotations

from attrs import frozen

from newel.contracts.layout import Cell, Grid

NARROW = 20
"""Columns that would be narrower stand below each other."""
LEAST = 3
"""Lines of a cell: a frame and what is in it."""


@frozen
class Placed:
    """A cell with its frame. ``panel`` counts cells from 0, column by column."""

    panel: int
    cell: Cell
    left: int
    top: int
    width: int
    height: int


def placed(grid: Grid, width: int, height: int, focus: int) -> list[Placed]:
    """Every cell that there is room for; the one with the focus always."""
    spans = [one.span for one in grid.columns]
    columns: list[list[tuple[int, Cell]]] = []
    panel = 0
    for column in grid.columns:
        columns.append(list(enumerate(column.cells, panel)))
        panel += len(column.cells)
    if len(columns) > 1 and any(width * span // sum(spans) < NARROW for span in spans):
        columns, spans = [[one for column in columns for one in column]], [1]
    made, left, units = [], 0, sum(spans)
    for cells, span in zip(columns, spans, strict=True):
        wide = (width - left) * span // units
        made += _column(cells, left, wide, height, focus)
        left, units = left + wide, units - span
    return made


def _column(cells: list[tuple[int, Cell]], left: int, width: int, height: int, focus: int) -> list[Placed]:
    room = max(1, height // LEAST)
    if len(cells) > room:
        at = next((number for number, (panel, _) in enumerate(cells) if panel == focus), 0)
        begin = max(0, min(at, len(cells) - room))
        cells = cells[begin : begin + room]
    shares = [max(cell.height, 0.001) for _, cell in cells]
    made, top = [], 0
    for number, (panel, cell) in enumerate(cells):
        rest = height - top - LEAST * (len(cells) - number - 1)
        high = max(min(LEAST, height), min(rest, round((height - top) * shares[number] / sum(shares[number:]))))
        made.append(Placed(panel, cell, left, top, width, high))
        top += high
    return made
