#!/usr/bin/env python3
"""Verifies an export of Newel's audit trail. Python 3.11 and its standard library; nothing of Newel.

    python verify_audit.py EXPORT [--key-file data/audit.key]

EXPORT is what ``newel audit export`` wrote (NDJSON or CSV); ``-`` reads standard input. Without the key file the
hashes are checked, but whoever could write into the database could have made them anew. Exit code 0: whole, 1: not
whole, 2: not an export. What is hashed is described in ``docs/design/audit.md``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import hmac
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

ROW = (
    "day", "stripe", "seq", "id", "hlc", "node", "at", "actor", "actor_kind", "actor_name", "credential", "door",
    "request_id", "ip", "operation", "outcome", "detail", "entity", "entity_id", "before_json", "after_json",
)  # fmt: skip
HEAD = (
    "day", "stripe", "stripes", "opened", "prior_day", "start", "seq", "hash", "hlc", "next_day", "pruned",
    "pruned_hash", "breaks", "key_id",
)  # fmt: skip
NUMBERS = {"stripe", "stripes", "seq", "pruned", "breaks", "rows", "heads", "format"}


def packed(title: str, values: Iterable[Any]) -> bytes:
    parts = [title.encode()]
    for value in values:
        data = None if value is None else str(value).encode()
        parts.append(b"-" if data is None else b"%d:%s" % (len(data), data))
    return b"\n".join([*parts, b""])


def digest(title: str, values: Iterable[Any]) -> str:
    return hashlib.sha256(packed(title, values)).hexdigest()


def records(file: TextIO) -> Iterator[dict[str, Any]]:
    """The lines of an export. Raises ``ValueError`` for what is none."""
    first = file.readline()
    if first.startswith("{"):
        yield json.loads(first)
        for line in file:
            yield json.loads(line)
        return
    csv.field_size_limit(2**31 - 1)
    names = first.rstrip("\r\n").split(",")
    if names[0] != "kind":
        raise ValueError("this is neither NDJSON nor CSV of newel audit export")
    for cells in csv.reader(file):
        yield {name: uncell(name, cell) for name, cell in zip(names, cells, strict=True)}


def uncell(name: str, cell: str) -> str | int | None:
    """A cell's value: ``\\N`` is none, and a leading ``'`` was put there against spreadsheets."""
    if cell == "\\N":
        return None
    if name in NUMBERS and not cell.startswith("'"):
        return int(cell)
    return cell.removeprefix("'")


class Verifier:
    """Follows the chains; ``faults`` are what is wrong, a line each."""

    def __init__(self, keys: dict[str, bytes] | None) -> None:
        self.keys = keys
        self.faults: list[str] = []
        self.counts = {"row": 0, "head": 0, "unchained": 0}
        self.until = ""
        self.prior: list[dict[str, Any]] = []
        self.heads: dict[int, dict[str, Any]] = {}
        self.ends: dict[int, tuple[int, str | None]] = {}
        self.day = ""

    def fault(self, text: str, record: dict[str, Any]) -> None:
        place = "/".join(str(record[name]) for name in ("day", "stripe", "seq") if record.get(name) is not None)
        self.faults.append(f"{place}  {text}")

    def head(self, head: dict[str, Any]) -> None:
        if head["day"] != self.day:
            self.close()
            self.day = head["day"]
        self.signed(head)
        if head["breaks"]:
            self.fault(f"the head was found changed {head['breaks']} times when rows were added", head)
        there = self.prior[0]["day"] if self.prior else ""
        ends = [one[name] for one in self.prior for name in ("stripe", "seq", "hash")]
        if head["prior_day"] != there:
            self.fault(f"it follows {head['prior_day'] or 'nothing'}, but before it is {there or 'nothing'}", head)
        elif head["start"] != digest("newel-audit-day-1", (head["day"], head["stripe"], there, *ends)):
            self.fault("it does not begin with what the day before ended with", head)
        if any(one["next_day"] != head["day"] for one in self.prior):
            self.fault("the day before was not closed for it", head)
        self.heads[head["stripe"]] = head
        begin = (head["pruned"], head["pruned_hash"]) if head["pruned"] else (0, head["start"])
        self.ends[head["stripe"]] = begin

    def signed(self, head: dict[str, Any]) -> None:
        if self.keys is None:
            return
        key = self.keys.get(head["key_id"])
        if key is None:
            self.fault(f"the head is signed with the key {head['key_id']}, which is not here", head)
        elif (
            hmac.digest(key, packed("newel-audit-head-1", (head[name] for name in HEAD)), "sha256").hex() != head["mac"]
        ):
            self.fault("the head does not fit its signature", head)

    def row(self, row: dict[str, Any]) -> None:
        seq, stripe = row["seq"], row["stripe"]
        if row["day"] != self.day or stripe not in self.heads:
            self.fault("a row stands in a chain that has no head", row)
            return
        last, prior = self.ends[stripe]
        if seq is None or seq <= last:
            self.fault("its number is taken, or was pruned", row)
            return
        if seq != last + 1:
            self.fault(f"before it the rows from {last + 1} on are missing", row)
        elif row["hash"] != digest("newel-audit-row-1", (prior, *(row[name] for name in ROW))):
            self.fault("its content, or the row before it, is not what was written", row)
        self.ends[stripe] = (seq, row["hash"])

    def close(self) -> None:
        """The day is over."""
        if self.heads:
            for stripe in range(max(head["stripes"] for head in self.heads.values())):
                if stripe not in self.heads:
                    self.fault("the head of this chain is not there", {"day": self.day, "stripe": stripe})
            for stripe, head in self.heads.items():
                if self.ends[stripe] != (head["seq"], head["hash"]):
                    self.fault(f"the chain ends at {self.ends[stripe][0]}, its head says {head['seq']}", head)
            self.prior = [self.heads[stripe] for stripe in sorted(self.heads)]
        self.heads, self.ends = {}, {}

    def verify(self, found: Iterator[dict[str, Any]]) -> None:
        """Raises ``ValueError`` for what is no export, or not a whole one."""
        first = next(found, {})
        if first.get("kind") != "export" or first.get("format") != 1:
            raise ValueError("this is no export, or of another format")
        self.until = first["until"]
        for record in found:
            kind = record["kind"]
            if kind == "end":
                return self.end(record)
            if kind == "prior":
                self.signed(record)
                self.prior.append(record)
                continue
            self.counts[kind] += 1
            if kind != "unchained":
                getattr(self, kind)(record)
        raise ValueError("the export breaks off")

    def end(self, record: dict[str, Any]) -> None:
        self.close()
        if not self.until and any(head["next_day"] for head in self.prior):
            self.fault(f"it was closed for {self.prior[0]['next_day']}, which is not there", {"day": self.day})
        if record["rows"] != self.counts["row"] + self.counts["unchained"] or record["heads"] != self.counts["head"]:
            self.fault("the export had more or fewer lines when it was written", {})


def read_keys(path: str) -> dict[str, bytes]:
    keys = [bytes.fromhex(line) for line in Path(path).read_text("ascii").split()]
    return {hashlib.sha256(b"newel-audit-key\n" + key).hexdigest()[:16]: key for key in keys}


def main() -> int:
    parser = argparse.ArgumentParser(description="Verifies an export of Newel's audit trail.")
    parser.add_argument("export", help="the file, or - for standard input")
    parser.add_argument("--key-file", help="the site's data/audit.key")
    chosen = parser.parse_args()
    try:
        verifier = Verifier(None if chosen.key_file is None else read_keys(chosen.key_file))
        if chosen.export == "-":
            sys.stdin.reconfigure(newline="")  # type: ignore[union-attr]  # it is a text file when it is standard input
            verifier.verify(records(sys.stdin))
        else:
            with Path(chosen.export).open(encoding="utf-8", newline="") as file:
                verifier.verify(records(file))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"verify_audit: {error}", file=sys.stderr)
        return 2
    for fault in verifier.faults:
        print("".join(letter if letter.isprintable() else "?" for letter in fault))
    signed = "hashes and signatures" if verifier.keys is not None else "hashes only: give --key-file for the signatures"
    counts = verifier.counts
    print(
        f"{'NOT WHOLE' if verifier.faults else 'whole'} ({signed}): {counts['row']} rows, "
        f"{counts['unchained']} unchained, {counts['head']} chains"
    )
    return 1 if verifier.faults else 0


if __name__ == "__main__":
    sys.exit(main())
