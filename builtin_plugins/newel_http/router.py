"""Paths to handlers. Only the canonical spelling of a path exists; every other one is not found."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from attrs import Factory, define, field, frozen

from newel.context import Permission
from newel.contracts.http import HttpAnswer, HttpFault, Route
from newel.errors import BootError, NotFound
from newel_http.query import Shape

if TYPE_CHECKING:
    from newel_http.exchange import Exchange

PART = re.compile(r"\{(\w+)(\.\.\.)?\}")
NOWHERE = "there is nothing at this address"


@frozen(kw_only=True)
class Entry:
    """What answers one method at one path. ``path`` is the whole path; ``{rest...}`` may end it."""

    method: str
    path: str
    owner: str
    needs: Permission
    handle: Callable[[Exchange], Awaitable[HttpAnswer]]
    parameters: Mapping[str, Shape] = Factory(dict)
    """The query parameters it knows."""
    operation: str = ""
    """The operation behind it; empty for a route."""
    route: Route | None = None
    """The route behind it, where it is one."""
    probe: bool = False
    """Asked by machines without credentials: nobody is authenticated, and nothing is logged above ``debug``."""
    names: tuple[str, ...] = field(init=False)

    @names.default
    def _names(self) -> tuple[str, ...]:
        return tuple(match[1] for match in PART.finditer(self.path))

    @property
    def slash(self) -> bool:
        """Whether its ``{rest...}`` may end in a slash."""
        return self.route is not None and self.route.slash

    @property
    def title(self) -> str:
        """How the audit trail calls it."""
        return self.operation or f"{self.method} {self.path}"

    @property
    def has_body(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH")


@define
class _Node:
    fixed: dict[str, _Node] = Factory(dict)
    part: _Node | None = None
    here: dict[str, Entry] = Factory(dict)
    rest: dict[str, Entry] = Factory(dict)


Found = tuple[dict[str, Entry], list[str]]


class Router:
    """All entries of the door. A fixed segment is tried before a ``{part}``, and that before ``{rest...}``."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._root = _Node()
        self._direct: dict[tuple[str, str], Entry] = {}
        self.entries: list[Entry] = []
        for one in entries:
            self.add(one)

    def add(self, entry: Entry) -> None:
        """Raises ``BootError`` for a path that is none, or that is taken."""
        self.entries.append(entry)
        if entry.path == "/":
            self._direct[entry.method, "/"] = entry
            return
        node = self._root
        table = None
        for segment in entry.path[1:].split("/"):
            match = PART.fullmatch(segment)
            if match is None and ("{" in segment or not segment):
                raise BootError(f"{entry.owner}: '{entry.path}' is no path: a {{part}} is a whole segment")
            if table is not None:
                raise BootError(f"{entry.owner}: in '{entry.path}' the {{rest...}} must stand at the end")
            if match is None:
                node = node.fixed.setdefault(segment, _Node())
            elif match[2]:
                table = node.rest
            else:
                node.part = node.part or _Node()
                node = node.part
        table = node.here if table is None else table
        other = table.setdefault(entry.method, entry)
        if other is not entry:
            raise BootError(
                f"{other.owner} and {entry.owner} both answer {entry.method} {entry.path}: rename or disable one"
            )
        if not entry.names:
            self._direct[entry.method, entry.path] = entry

    def find(self, method: str, path: str) -> tuple[Entry, dict[str, str]]:
        """The entry and its decoded path parts. Raises ``NotFound``, or ``HttpFault`` (405) with ``Allow``."""
        asked = ("HEAD", "GET") if method == "HEAD" else (method,)
        for name in asked:
            if (name, path) in self._direct:
                return self._direct[name, path], {}
        tables = []
        for table, values in self._tables(path):
            entry = next((table[name] for name in asked if name in table), None)
            if entry is not None:
                return entry, dict(zip(entry.names, values, strict=True))
            tables.append((table, values))
        if not tables:
            raise NotFound(NOWHERE)
        allowed = ", ".join(self._methods(tables))
        raise HttpFault(405, "method_not_allowed", f"this address answers {allowed}", {"Allow": allowed})

    def knows(self, path: str) -> bool:
        """Whether anything answers at a path."""
        return any(True for _ in self._tables(path))

    def methods(self, path: str) -> dict[str, Entry | None]:
        """The methods that a path answers, sorted, with what answers each; raises ``NotFound`` when there are none."""
        tables = list(self._tables(path))
        if not tables:
            raise NotFound(NOWHERE)
        found = {name: entry for table, _ in reversed(tables) for name, entry in table.items()}
        return {name: found.get(name, found.get("GET") if name == "HEAD" else None) for name in self._methods(tables)}

    def _methods(self, tables: list[Found]) -> list[str]:
        names = {name for table, _ in tables for name in table}
        return sorted(names | {"OPTIONS"} | ({"HEAD"} if "GET" in names else set()))

    def _tables(self, path: str) -> Iterator[Found]:
        segments = path[1:].split("/")
        if not path.startswith("/") or "" in segments[:-1] or not _canonical(path):
            return
        values = []
        for segment in segments:
            value = _decoded(segment)
            if value is None:
                return
            values.append(value)
        yield from _walk(self._root, segments, values, 0, [])


def _canonical(path: str) -> bool:
    return path.isascii() and path.isprintable() and not any(letter in path for letter in ' #\\"<>^`{|}')


def _decoded(segment: str) -> str | None:
    """The value of a segment, ``None`` where it is spelled in a way that we do not answer."""
    if "%" not in segment:
        return None if segment in (".", "..") else segment
    try:
        value = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return None
    if value in (".", "..") or "/" in value or "\\" in value or not value.isprintable():
        return None
    return value


def _walk(node: _Node, segments: list[str], values: list[str], at: int, parts: list[str]) -> Iterator[Found]:
    if at == len(segments):
        if node.here:
            yield node.here, parts
        return
    fixed = node.fixed.get(segments[at])
    if fixed is not None:
        yield from _walk(fixed, segments, values, at + 1, parts)
    if node.part is not None and segments[at]:
        yield from _walk(node.part, segments, values, at + 1, [*parts, values[at]])
    rest = node.rest if segments[-1] else {name: one for name, one in node.rest.items() if one.slash}
    if rest:
        yield rest, [*parts, "/".join(values[at:])]
