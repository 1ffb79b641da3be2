"""Differences between texts, told by signs and not by colour alone."""

from __future__ import annotations

from newel.contracts.layout import MOST, Text
from newel.diffs import COMPARED, diff_grid, diff_text, log_grid

BEFORE, AFTER = "one\ntwo\nthree", "one\n2\nthree\nfour"


def texts(text: object) -> list[str]:
    assert isinstance(text, Text)
    return [line.text for line in text.lines]


def test_what_was_and_what_is_have_signs() -> None:
    assert texts(diff_text(BEFORE, AFTER)) == ["@@ -1,3 +1,4 @@", " one", "-two", "+2", " three", "+four"]
    assert texts(diff_text(BEFORE, BEFORE)) == ["no difference"]


def test_side_by_side_the_same_lines_stand_at_the_same_height() -> None:
    left, right = (texts(column.cells[0].content) for column in diff_grid(BEFORE, AFTER, 120).columns)
    assert left == [" one", "-two", " three", ""]
    assert right == [" one", "+2", " three", "+four"]
    assert len(diff_grid(BEFORE, AFTER, 80).columns) == 1


def test_long_texts_are_compared_as_far_as_is_said() -> None:
    long = "\n".join("x" * 20_000 if n == 0 else str(n) for n in range(MOST + 5))
    assert texts(diff_text(long, long + "\nmore"))[-1] == f"… only the first {COMPARED} lines are compared"
    assert len(diff_grid(long, long[1:], 120).columns) == 2


def test_a_log_shows_its_last_lines() -> None:
    grid = log_grid([f"line {n}\x1b[2J" for n in range(MOST + 5)], "log", refresh=1)
    told = texts(grid.columns[0].cells[0].content)
    assert told[-1] == f"line {MOST + 4}\N{REPLACEMENT CHARACTER}[2J"
    assert len(told) == MOST
