"""Holds what was read against what must be there. Knows no database: it is fed days and rows in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel_audit.chain import row_hash, start_hash
from newel_audit.keys import Keys
from newel_audit.model import Finding, Mark

MOST = 100
"""Findings that are told in full; further ones are only counted."""
Fields = Mapping[str, Any]


class Verifier:
    """``day``, then ``row`` for each row of the day by stripe and number; ``end`` at last.

    ``prior`` are the heads of the day before the first one, where verifying does not begin with the oldest. ``marks``
    are ends of chains that somebody noted earlier.
    """

    def __init__(self, keys: Keys, prior: Sequence[Fields] = (), marks: Sequence[Mark] = ()) -> None:
        self._keys = keys
        self._prior = list(prior)
        self._heads: dict[int, Fields] = {}
        self._open: set[int] = set()
        self._marks = {(one.day, one.stripe): one for one in marks}
        self._day = ""
        self._stripe: int | None = None
        self._seq = 0
        self._hash: str | None = None
        self.rows = self.pruned = self.days = self.total = 0
        self.findings: list[Finding] = []
        for head in prior:
            self._signature(head)

    def find(self, kind: str, detail: str, day: str, stripe: int | None = None, row: Fields | None = None) -> None:
        self.total += 1
        if len(self.findings) < MOST:
            seq, id = (None, None) if row is None else (row.get("seq"), row.get("id"))
            self.findings.append(Finding(kind=kind, detail=detail, day=day, stripe=stripe, seq=seq, id=id))

    # -- days -----------------------------------------------------------------------------------------------------

    def day(self, name: str, heads: Sequence[Fields]) -> None:
        """The next day, with its heads by stripe."""
        self._close_day()
        self.days += 1
        self._day = name
        for head in heads:
            if not _sound(head):
                self.find("head_forged", "the head holds what nobody wrote there", name)
        heads = [head for head in heads if _sound(head)]
        self._heads = {head["stripe"]: head for head in heads}
        self._open = set(self._heads)
        if not heads:
            self.find("head_missing", "no head of this day is there", name)
            return
        wanted = max(head["stripes"] for head in heads)
        for stripe in range(wanted):
            if stripe not in self._heads:
                self.find("head_missing", "the head of this chain is not there", name, stripe)
        for head in heads:
            self._signature(head)
            self._linked(head)
        closed = {head["next_day"] for head in self._prior}
        if self._prior and closed != {name}:
            told = ", ".join(sorted(closed - {name})) or "nothing"
            self.find("day_missing", f"the day before ({self._prior[0]['day']}) is followed by {told}", name)
        self._prior = list(heads)

    def _signature(self, head: Fields) -> None:
        day, stripe = head["day"], head["stripe"]
        signature = self._keys.check(head)
        if signature == "bad":
            self.find("head_forged", "the head does not fit its signature", day, stripe, head)
        elif signature == "unknown":
            self.find(
                "key_unknown", f"the head is signed with the key {head['key_id']}, which is not here", day, stripe
            )
        if head["breaks"]:
            self.find(
                "head_changed", f"the head was found changed {head['breaks']} times when rows were added", day, stripe
            )

    def _linked(self, head: Fields) -> None:
        """The chain begins with the ends of the day before."""
        day, stripe, prior_day = head["day"], head["stripe"], head["prior_day"]
        there = self._prior[0]["day"] if self._prior else ""
        if prior_day != there:
            self.find(
                "day_missing",
                f"it follows {prior_day or 'nothing'}, but before it is {there or 'nothing'}",
                day,
                stripe,
            )
        elif head["start"] != start_hash(day, stripe, prior_day, self._prior):
            self.find("start_wrong", f"it does not begin with what {prior_day or 'nothing'} ended with", day, stripe)

    # -- rows -----------------------------------------------------------------------------------------------------

    def row(self, row: Fields) -> None:
        """The next row of the day."""
        if row["stripe"] != self._stripe:
            self._close_chain()
            self._begin(row["stripe"])
        self.rows += 1
        head, seq = self._heads.get(row["stripe"]), row["seq"]
        if head is None:
            if self._seq == 0:
                self.find("row_added", "a row stands in a chain that has no head", self._day, row["stripe"], row)
            self._seq += 1
            return
        if type(seq) is not int or seq <= self._seq:
            self.find("row_added", "its number is taken, or was pruned", self._day, row["stripe"], row)
            return
        if seq > self._seq + 1:
            told = f"{self._seq + 1} to {seq - 1}" if seq > self._seq + 2 else str(seq - 1)
            self.find("row_missing", f"before it the rows {told} are missing", self._day, row["stripe"], row)
        elif self._hash is not None and row_hash(self._hash, row) != row["hash"]:
            self.find(
                "row_changed",
                "its content, or the row before it, is not what was written",
                self._day,
                row["stripe"],
                row,
            )
        if seq == head["seq"] + 1:
            self.find(
                "head_behind", f"the head ends at {head['seq']}, and rows come after it", self._day, row["stripe"], row
            )
        self._seq, self._hash = seq, row["hash"]
        self._marked()

    def _begin(self, stripe: int) -> None:
        self._stripe, self._seq, self._hash = stripe, 0, None
        head = self._heads.get(stripe)
        if head is not None:
            self._open.discard(stripe)
            self._seq = head["pruned"]
            self._hash = head["pruned_hash"] if head["pruned"] else head["start"]
            self.pruned += head["pruned"]
            self._marked()

    def _marked(self) -> None:
        mark = self._marks.get((self._day, self._stripe or 0))
        if mark is not None and self._seq >= mark.seq:
            del self._marks[self._day, mark.stripe]
            if self._seq == mark.seq and self._hash is not None and self._hash != mark.hash:
                self.find("mark_differs", f"row {mark.seq} is not the one that was noted", mark.day, mark.stripe)

    def _close_chain(self) -> None:
        head = None if self._stripe is None else self._heads.get(self._stripe)
        if head is not None:
            if self._seq < head["seq"]:
                told = f"the rows {self._seq + 1} to {head['seq']} are missing at the end"
                self.find("row_missing", told, self._day, self._stripe)
            elif self._seq == head["seq"] and self._hash is not None and self._hash != head["hash"]:
                self.find("head_wrong", "the head does not end with the chain's last row", self._day, self._stripe)
        self._stripe = None

    def _close_day(self) -> None:
        self._close_chain()
        for stripe in sorted(self._open):  # chains without rows
            self._begin(stripe)
            self._close_chain()

    def end(self, *, newest: bool) -> None:
        """After the last row. ``newest``: the last day that was read is the last one there is."""
        self._close_day()
        if newest and self._prior and any(head["next_day"] for head in self._prior):
            last = max(head["next_day"] for head in self._prior)
            self.find("day_missing", f"it was closed for {last}, which is not there", self._prior[0]["day"])
        for mark in self._marks.values():
            self.find(
                "mark_missing", f"the chain was once at row {mark.seq}, and is not there now", mark.day, mark.stripe
            )


def _sound(head: Fields) -> bool:
    """Whether the numbers are numbers: SQLite would take any text in their place."""
    return all(type(head[name]) is int for name in ("stripe", "stripes", "seq", "pruned", "breaks"))
