"""The pictures that a terminal shows itself: put into their cells, moved, and taken away.

A picture is one where all of its cells are to be seen, and it has been encoded; else its cells are characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import Factory, evolve, frozen
from urwid.str_util import calc_width

from newel_tui.boxes.drawing import Shown, Spot
from newel_tui.terminal.asking import Asking, Means
from newel_tui.terminal.encoding import Encoded, encoded

KEPT = 4
"""Encoded pictures that are kept beside those that are seen."""
Part: TypeAlias = tuple[Shown, int, int, int, tuple[int, ...]]
"""A line of a picture on a line of the screen: of which one which, its column there, its width, and where marks are."""


@frozen
class Place:
    """A whole picture on the screen. ``marks``: cells above it, by line and column of the screen."""

    picture: Shown
    column: int
    row: int
    marks: frozenset[tuple[int, int]] = frozenset()


@frozen
class Job:
    """A picture to be encoded."""

    picture: Shown
    means: Means
    cell: tuple[int, int]

    def made(self) -> Encoded | None:
        """Takes some milliseconds to a tenth of a second: for a thread."""
        return encoded(self.picture, self.means, self.cell)


@frozen
class Frame:
    """What is sent before the lines; ``shown``: the pictures on each line; ``over``: lines that have to be sent."""

    data: bytes = b""
    shown: Mapping[int, frozenset[Shown]] = Factory(dict)
    over: frozenset[int] = frozenset()


def parts_of(row: Iterable[tuple[Any, Any, bytes]]) -> list[Part]:
    """The parts of pictures on a line of a canvas."""
    made: list[Part] = []
    row = list(row)
    if not any(isinstance(one[0], Spot) for one in row):  # as good as always
        return made
    at = 0
    for look, _, text in row:
        seen = text.decode("utf-8", "replace")
        wide = calc_width(seen, 0, len(seen))
        if isinstance(look, Spot):
            marks = (at,) if look.marks else ()
            if made and made[-1][0] == look.picture and made[-1][1] == look.row and made[-1][2] + made[-1][3] == at:
                before = made.pop()
                made.append((look.picture, look.row, before[2], before[3] + wide, before[4] + marks))
            else:
                made.append((look.picture, look.row, at, wide, marks))
        at += wide
    return made


def places_of(lines: Sequence[Sequence[Part]]) -> list[Place]:
    """The pictures that are whole."""
    found: dict[tuple[Shown, int, int], tuple[int, frozenset[tuple[int, int]]]] = {}
    for number, parts in enumerate(lines):
        for picture, row, column, width, marks in parts:
            if width == picture.columns:
                count, before = found.get((picture, column, number - row), (0, frozenset()))
                found[picture, column, number - row] = count + 1, before | {(number, one) for one in marks}
    return [
        Place(picture, column, row, marks)
        for (picture, column, row), (count, marks) in found.items()
        if count == picture.rows
    ]


class Gallery:
    """Remembers what the terminal has. ``frame`` is told of each frame's pictures."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._made: dict[Job, Encoded | None] = {}
        self._shown: dict[Place, int] = {}
        """With the numbers that the terminal knows them by."""
        self._last = asking.id
        self._wanted: list[Job] = []

    def job(self) -> Job | None:
        """What has to be encoded next, for the frame that was drawn last."""
        return self._wanted.pop(0) if self._wanted else None

    def take(self, job: Job, made: Encoded | None) -> None:
        """What became of it; ``None``: it stays characters."""
        self._made[job] = made

    def frame(self, seen: Sequence[Place], *, cleared: bool) -> Frame:
        """``cleared``: the terminal shows nothing any more."""
        means = self._asking.means
        gone = b""
        if cleared:
            gone, self._shown = self.end(), {}
        if means == "blocks" or not (seen or self._shown):
            return Frame(data=gone)
        cell = self._asking.cell if means == "sixel" else (0, 0)  # kitty's are its own affair
        jobs = {one: Job(one.picture, means, cell) for one in seen}
        self._wanted = [job for job in dict.fromkeys(jobs.values()) if job not in self._made]
        ready = [one for one, job in jobs.items() if self._made.get(job) is not None]
        self._forget(set(jobs.values()))
        if means == "kitty":
            data, over = self._kitty([evolve(one, marks=frozenset()) for one in ready], jobs), frozenset[int]()
        else:
            data, over = self._sixel(ready, jobs)
        shown: dict[int, frozenset[Shown]] = {}
        for one in ready:
            for row in range(one.row, one.row + one.picture.rows):
                shown[row] = shown.get(row, frozenset()) | {one.picture}
        return Frame(gone + data, shown, over)

    def below(self, column: int, width: int) -> str:
        """What is written into cells that a picture is shown in: nothing, where it would take its place."""
        return "\x1b[0m" + " " * width if self._asking.means == "kitty" else f"\x1b[{column + width + 1}G"

    def end(self) -> bytes:
        """Takes away what the terminal keeps."""
        return b"".join(b"\x1b_Ga=d,d=I,i=%d,q=2\x1b\\" % number for number in self._shown.values() if number)

    def _forget(self, seen: set[Job]) -> None:
        spare = [one for one in self._made if one not in seen]
        for one in spare[: max(0, len(spare) - KEPT)]:
            del self._made[one]

    def _kitty(self, ready: Sequence[Place], jobs: dict[Place, Job]) -> bytes:
        """Text is above the pictures: marks are seen, and move without them."""
        made = {job.picture: self._made.get(job) for job in jobs.values()}
        gone = {one: number for one, number in self._shown.items() if one not in ready}
        out: list[bytes] = []
        for one in ready:
            if one in self._shown:
                continue
            moved = next((other for other in gone if other.picture == one.picture), None)
            out.append(b"\x1b[%d;%dH" % (one.row + 1, one.column + 1))
            where = b"p=1,c=%d,r=%d,z=-1,C=1,q=2" % (one.picture.columns, one.picture.rows)
            if moved is not None:
                number = gone.pop(moved)
                del self._shown[moved]
                out.append(b"\x1b_Ga=p,i=%d,%b\x1b\\" % (number, where))
            else:
                self._last = number = self._last % 0xFFFFFF + 1
                keys = b"a=T,i=%d,f=24,o=z,s=%d,v=%d,%b" % (number, one.picture.width, one.picture.height, where)
                out.append(_sent(keys, made[one.picture] or ()))
            self._shown[one] = number
        for other, number in gone.items():
            del self._shown[other]
            out.insert(0, b"\x1b_Ga=d,d=I,i=%d,q=2\x1b\\" % number)
        return b"".join(out)

    def _sixel(self, ready: Sequence[Place], jobs: dict[Place, Job]) -> tuple[bytes, frozenset[int]]:
        """The pictures are in the cells as text is: what is written there takes their place."""
        out: list[bytes] = []
        over: set[int] = set()
        for one in ready:
            if one not in self._shown:
                out += [b"\x1b[%d;%dH" % (one.row + 1, one.column + 1), *(self._made[jobs[one]] or ())]
                over |= {row for row, _ in one.marks}
        self._shown = dict.fromkeys(ready, 0)
        return b"".join(out), frozenset(over)


def _sent(keys: bytes, pieces: Sequence[bytes]) -> bytes:
    """Data for kitty, which takes it in pieces."""
    made = []
    for number, piece in enumerate(pieces):
        more = number < len(pieces) - 1
        made.append(b"\x1b_G%bm=%d;%b\x1b\\" % (keys + b"," if not number else b"", more, piece))
    return b"".join(made)
