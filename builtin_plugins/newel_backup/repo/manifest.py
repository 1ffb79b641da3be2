"""What a manifest says of a snapshot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from attrs import frozen

from newel.bounds import Faults
from newel.contracts.backup import Comes
from newel.structure import Structurer
from newel_backup.repo.faults import Damaged
from newel_backup.repo.names import FORMAT
from newel_backup.repo.streams import Stream

TIME = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
MOST_MISSING = 1000
"""Files that a manifest names as missing; the rest is only counted."""


@frozen(kw_only=True)
class KeptTable:
    """A table: ``stream`` has a line for each row, a JSON array of the ``columns``' values, in order of ``key``."""

    part: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    stream: Stream


@frozen(kw_only=True)
class KeptFiles:
    """The files: ``stream`` has a line for each, a JSON array of key, size, SHA-256, MIME type and pieces' ids."""

    count: int
    bytes: int
    stream: Stream


@frozen(kw_only=True)
class KeptPart:
    """A part of the site, as whoever looks after it described it then."""

    name: str
    summary: str
    comes: Comes


@frozen(kw_only=True)
class KeptStep:
    """A change of tables that had been applied."""

    plugin: str
    number: int
    name: str


@frozen(kw_only=True)
class Snapshot:
    """A snapshot's manifest. Times are RFC 3339."""

    format: int = FORMAT
    id: str
    repository: str
    site: Annotated[str, "The site's id: it stays the same over restores."]
    node: Annotated[str, "The machine that made it."]
    newel: Annotated[str, "The version of Newel."]
    engine: Annotated[str, "The database it was read from."]
    schedule: Annotated[str, "The schedule that asked for it; empty: a person."] = ""
    started_at: str
    at: Annotated[str, "The point in time that it shows."]
    ended_at: str
    plugins: Annotated[Mapping[str, str], "The plugins that were on, with their versions."]
    steps: tuple[KeptStep, ...]
    parts: tuple[KeptPart, ...]
    tables: Mapping[str, KeptTable]
    files: KeptFiles
    missing: Annotated[tuple[str, ...], "Files that the site's store did not have whole; the first thousand."] = ()
    missing_count: int = 0
    imported_at: Annotated[str, "When it was brought in from a file; empty: it was taken here."] = ""
    new_chunks: int = 0
    added: Annotated[int, "Bytes that the target grew by, without this manifest."] = 0

    @property
    def rows(self) -> int:
        return sum(table.stream.lines for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """What it holds, before compression."""
        return self.files.bytes + sum(table.stream.bytes for table in self.tables.values())


def snapshot_from(data: Mapping[str, Any], structurer: Structurer) -> Snapshot:
    """Raises ``Damaged``."""
    try:
        found = structurer.structure(dict(data), Snapshot)
    except Faults as error:
        raise Damaged(f"the manifest of snapshot {data.get('id')} cannot be read: {error}") from None
    if fault := _fault(found):
        raise Damaged(f"the manifest of snapshot {found.id} cannot be read: {fault}")
    return found


def _fault(found: Snapshot) -> str:
    """What no manifest of ours says; empty: nothing."""
    try:
        for time in (found.started_at, found.at, found.ended_at):
            if TIME.fullmatch(time) is None:
                raise ValueError
            datetime.fromisoformat(time)
    except ValueError:
        return "its times are none"
    for table in found.tables.values():
        unlike = len(set(table.columns)) < len(table.columns)
        if unlike or table.columns[: len(table.key)] != table.key:
            return "the columns of a table are none"
    return ""
