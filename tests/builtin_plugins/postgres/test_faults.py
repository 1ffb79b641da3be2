"""The server's errors that are hard to come by, in the contract's words."""

from __future__ import annotations

import asyncpg
import pytest

from newel.contracts.database import Away, Contention, ForeignKeyViolation
from newel.errors import NewelError, Transient
from newel.sql.parameters import Prepared
from newel_postgres.faults import StatementError, translated

TEXT = Prepared("SELECT 1", (), reads=True)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (asyncpg.SerializationError("x"), Contention, "contention"),
        (asyncpg.DeadlockDetectedError("x"), Contention, "contention"),
        (asyncpg.RestrictViolationError("x"), ForeignKeyViolation, "in_use"),
        (asyncpg.DiskFullError("x"), Transient, "disk_full"),
        (asyncpg.OutOfMemoryError("x"), Transient, "database_busy"),
        (asyncpg.TooManyConnectionsError("x"), Transient, "database_busy"),
        (asyncpg.ConfigurationLimitExceededError("x"), Transient, "database_busy"),
        (asyncpg.QueryCanceledError("x"), Transient, "too_slow"),
        (asyncpg.LockNotAvailableError("x"), Transient, "database_busy"),
        (asyncpg.ReadOnlySQLTransactionError("x"), Transient, "database_read_only"),
        (asyncpg.AdminShutdownError("x"), Away, "database_away"),
        (asyncpg.CrashShutdownError("x"), Away, "database_away"),
        (asyncpg.CannotConnectNowError("x"), Away, "database_away"),
        (asyncpg.IdleInTransactionSessionTimeoutError("x"), Away, "database_away"),
        (asyncpg.ConnectionDoesNotExistError("x"), Away, "database_away"),
        (asyncpg.PostgresConnectionError("x"), Away, "database_away"),
        (ConnectionResetError("x"), Away, "database_away"),
        (TimeoutError(), Away, "database_away"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_may_be_tried_again(error: Exception, kind: type[NewelError], code: str) -> None:
    told = translated(error, TEXT)
    assert type(told) is kind
    assert isinstance(told, NewelError)
    assert told.reason == code


def test_a_driver_that_finds_its_connection_closed() -> None:
    assert isinstance(translated(asyncpg.InterfaceError("connection is closed"), TEXT, closed=True), Away)


def test_what_is_a_bug_stays_one() -> None:
    for error in (asyncpg.UndefinedTableError("no such table"), asyncpg.CheckViolationError("no")):
        assert isinstance(translated(error, TEXT), StatementError)
    assert isinstance(translated(asyncpg.ReadOnlySQLTransactionError("x"), TEXT, snapshot=True), StatementError)
    own = KeyError("name")
    assert translated(own, TEXT) is own
