"""What the manifest of an archive says, and how far a stranger's one is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from attrs import frozen

from newel.blobs import checked_key
from newel.bounds import Faults, MaxLength, Min, Pattern
from newel.contracts.clock import Clock
from newel.errors import Reject
from newel.ids import encode, is_id
from newel.structure import Structurer, rfc3339
from newel_backup.archive.faults import BadArchive, Unpackable
from newel_backup.repo.faults import TooNew
from newel_backup.repo.manifest import MOST_MISSING, KeptPart, KeptStep
from newel_backup.repo.names import FORMAT

README = "README.txt"
MANIFEST = "manifest.json"
LIST = "files.jsonl"
LARGEST = 8 << 20
"""Bytes of a manifest."""
LONGEST_LINE = 64 << 20
"""Bytes of a row."""
LONGEST_TEXT = 2000
AHEAD = timedelta(days=1)
"""How far another machine's clock may be ahead."""
TABLE = re.compile("[a-z_][a-z0-9_]{0,126}")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"


def table_entry(name: str) -> str:
    """Raises ``Unpackable`` for a name that no import would take."""
    if TABLE.fullmatch(name) is None:
        raise Unpackable(f"an archive takes no table called {name[:100]!a}")
    return f"tables/{name}.jsonl"


def file_entry(key: str) -> str:
    return f"files/{key}"


@frozen(kw_only=True)
class PackedEntry:
    """What an entry of lines holds."""

    lines: Annotated[int, Min(0)]
    bytes: Annotated[int, Min(0)]
    sha256: Annotated[str, Pattern("[0-9a-f]{64}")]


@frozen(kw_only=True)
class PackedTable:
    """A table: see ``KeptTable``."""

    part: str
    columns: Annotated[tuple[str, ...], MaxLength(2000)]
    key: Annotated[tuple[str, ...], MaxLength(2000)]
    entry: PackedEntry


@frozen(kw_only=True)
class PackedFiles:
    """The files: how many, of how many bytes; ``entry`` is their list."""

    count: Annotated[int, Min(0)]
    bytes: Annotated[int, Min(0)]
    entry: PackedEntry


@frozen(kw_only=True)
class Packed:
    """The manifest: see ``Snapshot``."""

    format: int = FORMAT
    id: str
    site: str
    node: str
    newel: str
    engine: str
    schedule: str = ""
    started_at: Annotated[str, Pattern(TIME)]
    at: Annotated[str, Pattern(TIME)]
    ended_at: Annotated[str, Pattern(TIME)]
    plugins: Annotated[Mapping[str, str], MaxLength(10_000)]
    steps: Annotated[tuple[KeptStep, ...], MaxLength(100_000)]
    parts: Annotated[tuple[KeptPart, ...], MaxLength(10_000)]
    tables: Annotated[Mapping[str, PackedTable], MaxLength(10_000)]
    files: PackedFiles
    missing: Annotated[tuple[str, ...], MaxLength(MOST_MISSING)] = ()
    missing_count: Annotated[int, Min(0)] = 0

    @property
    def rows(self) -> int:
        return sum(table.entry.lines for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """Of rows and files."""
        return self.files.bytes + sum(table.entry.bytes for table in self.tables.values())


def packed_from(data: bytes, structurer: Structurer, clock: Clock) -> Packed:
    """Raises ``BadArchive``, ``TooNew``."""
    if len(data) > LARGEST:
        raise BadArchive(f"its manifest.json has more than {LARGEST >> 20} MiB")
    try:
        read = orjson.loads(data)
        number = read["format"]
    except (ValueError, KeyError, TypeError):
        raise BadArchive("its manifest.json is no manifest of an export") from None
    if type(number) is int and number > FORMAT:
        raise TooNew(f"the export has the format {number}: install a later version of Newel")
    try:
        packed = structurer.structure(read, Packed)
    except Faults as error:
        faults = "; ".join(f"{one.pointer} {one.detail}" for one in error.problems[:5])
        raise BadArchive(f"its manifest.json is wrong: {ascii(faults)[1:500]}") from None
    for fault in _faults(packed, structurer, clock):
        raise BadArchive(f"its manifest.json is wrong: {fault}")
    return packed


def _faults(packed: Packed, structurer: Structurer, clock: Clock) -> Iterator[str]:
    latest = clock.now() + AHEAD
    for text in (packed.started_at, packed.at, packed.ended_at):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            yield "its times are none"
    if packed.format != FORMAT:
        yield "there is no such format"
    if not (is_id(packed.id) and is_id(packed.site)):
        yield "its ids are none"
    if packed.id[:10] > encode(int(latest.timestamp() * 1000), 0)[:10] or packed.at > rfc3339(latest):
        yield "it comes from the future: look at the clocks"
    if not all(map(_harmless, _texts(structurer.unstructure(packed)))):
        yield "it has texts that are too long or not for people"
    parts = {part.name for part in packed.parts}
    for name, table in packed.tables.items():
        unlike = len(set(table.columns)) < len(table.columns) or table.columns[: len(table.key)] != table.key
        if not table.key or unlike or table.part not in parts:
            yield f"the columns or the part of {name}"
        if TABLE.fullmatch(name) is None:
            yield "a table's name is none"
    if packed.missing_count < len(packed.missing):
        yield "it counts missing files wrongly"
    for key in packed.missing:
        try:
            checked_key(key)
        except Reject:
            yield "the name of a missing file is none"


def _texts(found: Any) -> Iterator[str]:
    """All texts, those of keys as well."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for name, value in found.items():
            yield name
            yield from _texts(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from _texts(value)


def _harmless(text: str) -> bool:
    """Whether it can be printed: nobody's terminal is moved by a manifest."""
    return len(text) <= LONGEST_TEXT and text.isprintable()
