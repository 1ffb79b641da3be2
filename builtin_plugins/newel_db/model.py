"""What the operations on the database answer."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen


@frozen(kw_only=True)
class TableSize:
    """One table."""

    name: str
    rows: int
    bytes: Annotated[int, "With its indexes; an estimate on some engines."]


@frozen(kw_only=True)
class DatabaseSize:
    """The database as it lies on the disk."""

    server: Annotated[str, "The engine and its version."]
    bytes: int
    tables: tuple[TableSize, ...]


@frozen(kw_only=True)
class DatabaseCheck:
    """What the engine's own check says."""

    server: Annotated[str, "The engine and its version."]
    ok: bool
    complaints: tuple[str, ...]
