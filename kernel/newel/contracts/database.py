"""The relational store. Three engines keep this contract; one conformance suite (``DatabaseSuite``) tries them all.

Statements are SQL text with ``:name`` parameters, made once: write them in SQLAlchemy Core and let
``Database.render`` turn them into this engine's text when your plugin starts. Nobody builds SQL from input.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeAlias

from attrs import frozen

from newel.errors import Conflict, Transient
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


class Contention(Transient):
    """The engine undid the transaction for the sake of another one (deadlock, serialisation failure). Nothing of it is
    there, and running it again is right: ``newel.transact`` does that for everybody, so it is written once."""

    code = "contention"


class Away(Transient):
    """The engine cannot be reached, or went away in the middle. Where that was in a COMMIT, it may have happened."""

    code = "database_away"


@frozen(kw_only=True)
class TableShape:
    """A table as it stands in the database."""

    name: str
    columns: tuple[str, ...]
    """In the order of their definition."""
    key: tuple[str, ...]
    """The columns of the primary key, in its order; empty: it has none."""
    points_at: Mapping[str, str]
    """Tables it points at, by the column that does."""
    nullable: frozenset[str]


class Queries(Protocol):
    """What can be asked. Rows are read-only mappings by column name; values are ``None``, ``int``, ``float``,
    ``str`` or ``bytes``. (Booleans go in as 0/1; times as RFC 3339 text; JSON as text.)

    A literal colon in a statement is written ``\\:``; a ``%`` is a ``%``. Errors: ``UniqueViolation``,
    ``ForeignKeyViolation``, ``Contention``, ``Away``, another ``Transient`` when the engine is busy, ``Reject`` for
    text that the engine cannot keep (a NUL); anything else is a bug and goes up. ``RETURNING`` and upserts are not
    portable: ids are made by us, and an insert that may meet its like stands in a savepoint.
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


class SnapshotReader(Queries, Protocol):
    """Reads what a snapshot saw. One task at a time."""

    def batches(
        self, statement: str, values: Mapping[str, Value] | None = None
    ) -> AsyncIterator[Sequence[Sequence[Value]]]:
        """Streams rows as plain sequences of values, in the order of the columns asked for, some hundreds at a time and
        in bounded memory: for whole tables, at a third of the cost of ``iterate``."""


class Database(Queries, Protocol):
    """One site's database.

    Obligations: a writing transaction reads what is committed when each of its statements begins (READ COMMITTED, or
    stricter where there is one writer); what it read and relies on it locks (``with_for_update``). A statement outside
    a transaction is its own transaction. Text compares and sorts by its bytes, ``NULL`` first (in what was rendered; a
    text of your own says ``NULLS FIRST`` itself). Cancelling a task never leaks a connection nor leaves a transaction
    open. Writers of one thing wait for each other; who waits for a connection is served in the order they came. A
    commit that returned is on disk. Reads outside a transaction see every commit that returned before they began.
    """

    @property
    def dialect(self) -> Dialect:
        """Which SQL this engine speaks."""

    @property
    def server(self) -> str:
        """What runs and in which version, for people: ``PostgreSQL 15.18``."""

    @property
    def collation(self) -> str:
        """The collation that compares text by its bytes; migrations give it to every text column. Empty: it does so
        without one."""

    def transaction(self, *, read_only: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Opens a transaction; commits at the end of the block, rolls back when it raises or is cancelled.

        In one that writes, each statement sees what others committed before the statement began, and rows that it
        changed are held until the end: who changes them too waits. ``read_only`` gives one consistent snapshot for
        several reads, never waits for writers and refuses writes.
        """

    def snapshot(self, readers: int = 1) -> AbstractAsyncContextManager[Sequence[SnapshotReader]]:
        """Readers that all see the same committed state, for reading much of it side by side: as many as asked for, or
        fewer where the engine cannot (one at least). Writers wait for it a moment at its start, at most."""

    def render(self, clause: ClauseElement) -> str:
        """The text of a SQLAlchemy Core statement for this engine, with ``:name`` parameters. Slow: once, at start."""

    async def now(self) -> datetime:
        """The engine's clock, in UTC: the same for all nodes, however wrong their own are."""

    def lock(self, name: str, *, wait: float | None = None) -> AbstractAsyncContextManager[None]:
        """Held by one caller of all processes on this database, until the end of the block or of the process.

        ``name`` is at most 48 of ``a-z 0-9 _ . -``. Waits for ``wait`` seconds at most (``None``: as long as it takes);
        then ``Transient`` with the code ``locked``. It is no transaction and touches no table.
        """

    async def notify(self, channel: str, payload: str = "") -> None:
        """Tells all listeners of a channel: in every process where the engine can (``reaches_all``), else in this one.

        At most once and without a promise: whoever relies on it looks now and then as well. ``channel`` is at most 48
        of ``a-z 0-9 _``; ``payload`` at most 4,000 bytes.
        """

    def listen(self, *channels: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, str]]]:
        """``(channel, payload)`` as they come, from the start of the block on. After a lost connection it goes on with
        a pair ``(channel, "")`` for each channel, since something may have been missed."""

    @property
    def reaches_all(self) -> bool:
        """Whether ``notify`` reaches other processes."""

    async def tables(self) -> list[TableShape]:
        """All tables, by name."""

    async def recount(self) -> None:
        """Puts every self-counting column behind the largest number in use: after rows brought numbers of their own."""

    async def size(self, table: str | None = None) -> int:
        """Bytes on disk: of the whole database, or of a table with its indexes (an estimate on some engines)."""

    async def compact(self) -> None:
        """Gives room that deleted rows took back to the disk, and renews what the planner knows. May take long, and on
        some engines nobody writes meanwhile."""

    async def check(self) -> list[str]:
        """The engine's own integrity check; an empty list says all is well."""
