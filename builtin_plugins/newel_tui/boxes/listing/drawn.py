"""The picture of a listing: rows, details beside them, and a line that tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.contracts.views import Listing
from newel_tui.boxes.cells import plain
from newel_tui.boxes.drawing import Spans, fitted, wrapped
from newel_tui.boxes.listing.table import Table

if TYPE_CHECKING:
    from newel_tui.boxes.listing.box import ListingBox

BESIDE = 90
"""From this width on, details stand beside the list; below they come and go below it."""


class Drawing:
    """Draws, and tells the spot how many rows are seen."""

    def __init__(self, box: ListingBox, view: Listing) -> None:
        self._box = box
        self.columns(view)
        self.below = False
        """Whether details are shown where there is no room beside."""
        self._left = 0

    def columns(self, view: Listing) -> None:
        self._table = Table(view.columns, tree=view.below is not None)

    def paint(self, width: int, height: int) -> list[Spans]:
        box, body = self._box, max(1, height - 1)
        beside = bool(box.view.details) and width >= BESIDE
        under = bool(box.view.details) and not beside and self.below
        rows = max(2, body // 2) if under else body
        self._left = left = width * 3 // 5 if beside else width
        lines = self._rows(left, rows)
        if under:
            lines += [[("border", "─" * width)], *box.pane.lines(width)[: body - rows - 1]]
        elif beside:
            pane = box.pane.lines(width - left - 3)
            pane += [[]] * (body - len(pane))
            lines += [[]] * (body - len(lines))
            lines = [
                [*fitted(line, left), ("border", " │ "), *told] for line, told in zip(lines, pane, strict=False)
            ]  # fmt: skip
        lines += [[]] * (body - len(lines))
        return [*lines[:body], self._bottom()]

    def place(self, column: int, row: int) -> int | None:
        """Which place of the list was drawn there, below its head."""
        begin, end = self._box.spot.seen
        place = begin + row - 1
        return place if column < self._left and begin <= place <= min(end, self._box.source.known - 1) else None

    def caret(self, width: int, height: int) -> tuple[int, int] | None:
        prompt = self._box.prompt
        return (min(width - 1, prompt.column), height - 1) if prompt is not None else None

    def _rows(self, width: int, height: int) -> list[Spans]:
        box, now = self._box, self._box.host.clock.now()
        spot, source = box.spot, box.source
        if spot.height != max(1, height - 1):
            spot.height = max(1, height - 1)
            box.reader.look()
        spot.fit(source.known)
        begin, end = spot.seen
        places = range(begin, min(end + 1, source.known))
        if not places or (len(places) == 1 and source.row(begin) is None):
            return self._instead(width)
        seen = {place: source.row(place) for place in places}
        self._table.learn((one for one in seen.values() if one is not None), now)
        widths = self._table.widths(width)
        ranged = box.marks.ranged(spot.at)
        lines = [self._table.header(widths)]
        for place, one in seen.items():
            if one is None:
                lines.append([("faint", "  …")])
                continue
            marked = one.key in box.marks.rows or place in ranged
            lines.append(fitted(self._table.line(one, widths, now, cursor=place == spot.at, marked=marked), width))
        return lines

    def _instead(self, width: int) -> list[Spans]:
        """What stands there when no row does."""
        box = self._box
        if box.reader.error:
            return [[("bad", f"  {one}")] for one in wrapped(f"✗ {box.reader.error} (r tries again)", width - 2)]
        if not box.source.ended or box.reader.busy:
            return [[("faint", "  reading …")]]
        what = "nothing like that" if box.found or box.filters else box.view.empty
        return [[("faint", f"  {one}")] for one in wrapped(what, width - 2)]

    def _bottom(self) -> Spans:
        box, source, reader = self._box, self._box.source, self._box.reader
        if box.prompt is not None:
            return box.prompt.line()
        line: Spans = []
        if source.known:
            line.append(("faint", f"{box.spot.at + 1:,}/{source.known:,}{'' if source.ended else '+'}"))
        if box.marks.rows:
            line.append(("accent", f"  {len(box.marks.rows):,} marked"))
        if box.found:
            line.append((None, f"  /{box.found}"))
            if not box.view.search and not source.ended:
                line.append(("faint", " in what is loaded"))
        line += [(None, f"  {name}={plain(value)}") for name, value in box.filters.items()]
        if reader.travelling:
            line.append(("accent", f"  reading to the end: {source.known:,} rows so far, esc stops"))
        elif reader.error and source.known:
            line.append(("bad", f"  ✗ {reader.error} (r tries again)"))
        elif box.note:
            line.append(("warn", f"  {box.note}"))
        elif box.view.note:
            line.append(("faint", f"  {box.view.note}"))
        return line
