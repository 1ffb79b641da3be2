"""The relational store. Three engines keep this contract; one conformance suite (``DatabaseSuite``) tries them all.

Statements are SQL text with ``:name`` parameters, made once: write them in SQLAlchemy Core and let
``Database.render`` turn them into this engine's text when your plugin starts. Nobody builds SQL from input.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeAlias

from attrs import frozen

from newel.errors import Conflict
from newel.secrets import Secret

if TYPE_CHECKING:
    from sqlalchemy.sql.expression import ClauseElement

Value: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = Mapping[str, Any]
Dialect = Literal["sqlite", "postgresql", "mysql"]


DEFAULT_URL = Secret("sqlite:///data/newel.db")


@frozen(kw_only=True)
class DatabaseConfig:
    """The ``[database]`` section. The scheme of ``url`` picks the engine plugin."""

    url: Annotated[
        Secret[str],
        "Where the data lives, e.g. `sqlite:///data/newel.db` (relative to the site folder) or `postgresql://...`.",
    ] = DEFAULT_URL


class UniqueViolation(Conflict):
    """A unique index said no. ``index`` is its name (or the columns, where the engine tells only those)."""

    code = "not_unique"

    def __init__(self, index: str) -> None:
        super().__init__("that value is taken")
        self.index = index


class ForeignKeyViolation(Conflict):
    """A row that is pointed at is missing, or a row that is deleted is pointed at."""

    code = "in_use"


class Queries(Protocol):
    """What can be asked. Rows are read-only mappings by column name; values are ``None``, ``int``, ``float``,
    ``str`` or ``bytes``. (Booleans go in as 0/1; times as RFC 3339 text; JSON as text.)

    A literal colon in a statement is written ``\\:``; a ``%`` is a ``%``. Errors: ``UniqueViolation``,
    ``ForeignKeyViolation``, ``Transient`` when the engine is busy or away; anything else is a bug and goes up.
    """

    async def fetch_one(self, statement: str, values: Mapping[str, Value] | None = None) -> Row | None:
        """The first row, or ``None``."""

    async def fetch_all(self, statement: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        """All rows, in order. For more than a few thousand use ``iterate``."""

    async def execute(self, statement: str, values: Mapping[str, Value] | None = None) -> int:
        """Runs a statement; answers how many rows it *matched* (UPDATE, DELETE) or inserted, on all engines."""

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Value]]) -> int:
        """Runs one statement for many rows of values in one go; answers the total. No rows: 0, nothing is run."""

    def iterate(self, statement: str, values: Mapping[str, Value] | None = None) -> AsyncIterator[Row]:
        """Streams rows in bounded memory. Closing the iterator early frees what it held."""


class Transaction(Queries, Protocol):
    """An open transaction: everything or nothing. It is passed on explicitly; several tasks may use it (in turn)."""

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A part that is undone alone when its block raises."""


class Database(Queries, Protocol):
    """One site's database.

    Obligations: a statement outside a transaction is its own transaction. Cancelling a task never leaks a connection
    nor leaves a transaction open. Writers wait for each other in the order they came. A commit that returned is on
    disk. Reads outside a transaction see every commit that returned before they began.
    """

    @property
    def dialect(self) -> Dialect:
        """Which SQL this engine speaks."""

    def transaction(self, *, read_only: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Opens a transaction; commits at the end of the block, rolls back when it raises or is cancelled.

        In one that writes, each statement sees what others committed before the statement began, and rows that it
        changed are held until the end: who changes them too waits. ``read_only`` gives one consistent snapshot for
        several reads, never waits for writers and refuses writes.
        """

    def render(self, clause: ClauseElement) -> str:
        """The text of a SQLAlchemy Core statement for this engine, with ``:name`` parameters. Slow: once, at start."""

    async def size(self) -> int:
        """Bytes on disk."""

    async def check(self) -> list[str]:
        """The engine's own integrity check; an empty list says all is well."""
