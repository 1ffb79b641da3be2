"""What has changed between two texts, and lines that come while somebody reads, as layouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest

from newel.contracts.layout import LONGEST, MOST, Cell, Column, Grid, Line, Text

COMPARED = 2000
"""Lines of each text that are compared; of longer ones that is said."""
WIDEST = 1000
"""Characters of a line that are shown."""


def diff_text(before: str, after: str, *, context: int = 3) -> Text:
    """The lines that differ, with some around: ``-`` what was, ``+`` what is, ``@@`` where. Equal texts say so."""
    old, new = _compared(before), _compared(after)
    lines = [_signed(line) for line in list(unified_diff(old, new, lineterm="", n=context))[2:MOST]]
    return Text(lines=(*(lines or [Line(text="no difference", faint=True)]), *_more(before, after)))


def diff_grid(before: str, after: str, width: int, *, titles: tuple[str, str] = ("before", "after")) -> Grid:
    """The same side by side, line for line, where it is wide (100 columns); else one below the other."""
    if width < 100:
        cell = Cell(title=" → ".join(titles), content=diff_text(before, after))
        return Grid(columns=(Column(span=12, cells=(cell,)),))
    left, right = _beside(_compared(before), _compared(after))
    more = _more(before, after)
    return Grid(
        columns=tuple(
            Column(span=6, cells=(Cell(title=title, content=Text(lines=(*lines[: MOST - 1], *more))),))
            for title, lines in zip(titles, (left, right), strict=True)
        )
    )


def log_grid(lines: Sequence[str], title: str = "", *, refresh: float | None = None) -> Grid:
    """The last lines of a log. In a ``Sheet`` with ``refresh`` the end stays in sight while it is."""
    shown = tuple(Line(text=_cut(one)) for one in lines[-MOST:])
    return Grid(columns=(Column(span=12, cells=(Cell(title=title, content=Text(lines=shown)),)),), refresh=refresh)


def _compared(text: str) -> list[str]:
    return text.splitlines()[:COMPARED]


def _more(*texts: str) -> list[Line]:
    longest = max(len(text.splitlines()) for text in texts)
    return [Line(text=f"… only the first {COMPARED} lines are compared", faint=True)] if longest > COMPARED else []


def _cut(line: str) -> str:
    return line[: min(WIDEST, LONGEST // 4)]


def _signed(line: str) -> Line:
    text = _cut(line)
    if line.startswith("+"):
        return Line(text=text, fg="green")
    if line.startswith("-"):
        return Line(text=text, fg="red")
    return Line(text=text, faint=line.startswith("@@"))


def _beside(old: list[str], new: list[str]) -> tuple[list[Line], list[Line]]:
    pairs: Iterator[tuple[str | None, str | None]] = iter(
        pair
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        for pair in (
            ((f" {one}", f" {one}") for one in old[a:b])
            if tag == "equal"
            else zip_longest((f"-{one}" for one in old[a:b]), (f"+{one}" for one in new[c:d]))
        )
    )
    left, right = [], []
    for was, now in pairs:
        left.append(_signed(was or ""))
        right.append(_signed(now or ""))
    return left, right
