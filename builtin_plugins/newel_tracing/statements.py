"""Statements as spans show them: without a value, and bounded."""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import frozen

LONGEST = 1000
READ = 4000
"""Characters of a statement that are looked at."""
_SPACE = re.compile(r"\s+")
_LITERAL = re.compile(r"'[^']*'|(?<![\w$:%.])\d[\w.]*")
_HEAD = re.compile(r"\w+")
_TARGET = re.compile(r'\b(?:from|into|update|table)\s+(?:only\s+)?["`]?(\w+)', re.IGNORECASE)
_COLUMN = re.compile(r'\."\w+"')
_DOUBTFUL = re.compile(r'\\|\$\w*\$|--|/\*|"')
"""What engines read in different ways, so that a literal might not be seen as one."""


@frozen
class Shown:
    name: str
    """Its first word and its table: ``SELECT content_entries``."""
    verb: str
    text: str


def shown(statement: str) -> Shown:
    """Numbers and strings become ``?``: ours are parameters anyway, those that plugins write are not. Of a statement
    that cannot be read for sure only the first word is shown."""
    return _shown(statement[:READ])


@lru_cache(2000)
def _shown(statement: str) -> Shown:
    said = _SPACE.sub(" ", statement).strip()
    head = _HEAD.match(said)
    verb = head[0].upper()[:20] if head else "?"
    if _DOUBTFUL.search(_COLUMN.sub("", said)) or said.count("'") % 2:
        return Shown(verb, verb, verb)
    text = _LITERAL.sub("?", said)
    target = _TARGET.search(text)
    return Shown(f"{verb} {target[1][:64]}" if target else verb, verb, text[:LONGEST])
