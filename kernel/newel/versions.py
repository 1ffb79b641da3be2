"""Newel's version, and whether a plugin is made for it."""

from __future__ import annotations

import operator
import re

from newel.manifest import Manifest

VERSION = "0.1.0"
_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)")
_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def check(manifest: Manifest, version: str = VERSION) -> None:
    """Raises ``ValueError`` when the manifest's ``newel`` range excludes this version."""
    check_range(manifest.newel, version)


def check_range(clauses: str, version: str = VERSION) -> None:
    """Raises ``ValueError`` when the range excludes a version. (The kernel may not import ``packaging``; the range is
    numbers and commas only.)"""
    for clause in filter(None, (part.strip() for part in clauses.split(","))):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ValueError(f"'{clause}' is not a version range such as '>=0.1,<1'")
        if not _COMPARE[match[1]](_numbers(version), _numbers(match[2])):
            raise ValueError(f"it is made for Newel {clauses}; this is {version}")
