"""Statement text with ``:name`` parameters to a driver's own text with positional ones. Once per text, then kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from attrs import frozen

from newel.contracts.database import Value

KEPT = 2000  # texts remembered; a site with plugins has some hundreds
Style = Literal["numeric_dollar", "format"]
_TOKEN = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)"""
    r"""|(?P<comment>--[^\n]*|/\*.*?\*/)"""
    r"""|(?P<colon>\\:|::)"""
    r"""|:(?P<name>[A-Za-z_]\w*)""",
    re.DOTALL,
)
_FIRST = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*(\w+)", re.DOTALL)
_WRITES = re.compile(
    r"\b(insert\s+(ignore\s+)?into|replace\s+into|delete\s+from|update\s+.{1,200}?\sset)\b", re.IGNORECASE | re.DOTALL
)


@frozen
class Prepared:
    """A text as the driver takes it. ``names`` are its parameters in the driver's order."""

    sql: str
    names: tuple[str, ...]
    reads: bool
    """It changes nothing (as far as its first words tell)."""

    def arguments(self, values: Mapping[str, Value] | None) -> tuple[Value, ...]:
        """The values in order. Raises ``KeyError`` for one that is missing."""
        return tuple([values[name] for name in self.names]) if self.names and values else self._none()

    def _none(self) -> tuple[Value, ...]:
        if self.names:
            raise KeyError(self.names[0])
        return ()


def prepared(text: str, style: Style) -> Prepared:
    """Reads a statement: literals, quoted names and comments are left alone; ``\\:`` is a colon, also in literals.

    ``numeric_dollar`` (``$1``) numbers each name once; ``format`` (``%s``) repeats, and doubles each ``%``.
    """
    names: list[str] = []

    def put(found: re.Match[str]) -> str:
        if (name := found["name"]) is not None:
            if style == "format":
                names.append(name)
                return "%s"
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"
        whole = found[0].replace("\\:", ":")
        return whole.replace("%", "%%") if style == "format" else whole

    parts = []
    end = 0
    for found in _TOKEN.finditer(text):
        between = text[end : found.start()]
        parts.append(between.replace("%", "%%") if style == "format" else between)
        parts.append(put(found))
        end = found.end()
    rest = text[end:]
    parts.append(rest.replace("%", "%%") if style == "format" else rest)
    first = _FIRST.match(text)
    word = first[1].lower() if first else ""
    reads = word in ("select", "values", "explain", "show", "table") or (word == "with" and not _WRITES.search(text))
    return Prepared("".join(parts), tuple(names), reads)


class Texts:
    """The statements seen so far. The oldest goes when there are too many."""

    def __init__(self, style: Style, make: Callable[[str, Style], Prepared] = prepared) -> None:
        self._style = style
        self._make = make
        self._known: dict[str, Prepared] = {}

    def of(self, text: str) -> Prepared:
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            found = self._known[text] = self._make(text, self._style)
        return found
