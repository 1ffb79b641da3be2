"""The statements as other engines take them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from newel.sql.rendering import Renderer
from newel_audit.migrations import STEPS
from newel_audit.store import Store
from newel_migrations.rendering import rendered


@frozen
class Engine:
    """Renders, and runs nothing."""

    render: Renderer


def texts(store: Store) -> list[str]:
    return [text for part in (store.rows, store.heads) for text in vars(part).values() if isinstance(text, str)]


@pytest.mark.parametrize("dialect", [SQLiteDialect, PGDialect, MariaDBDialect])
def test_heads_are_locked_where_there_are_several_writers(dialect: Any) -> None:
    store = Store()
    engine: Any = Engine(Renderer(dialect))
    store.open(engine)
    assert len(texts(store)) > 20
    locking = [text for text in texts(store) if "FOR UPDATE" in text]
    assert len(locking) == (0 if dialect is SQLiteDialect else 2)
    for text in texts(store):
        assert "RETURNING" not in text
        assert "ON CONFLICT" not in text


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mysql"])
def test_the_steps_can_be_written_for_every_engine(dialect: Any) -> None:
    added = [text for text in rendered(STEPS[1].upgrade, dialect) if "ADD" in text]
    assert len(added) == 8
    assert all("DEFAULT" in text for text in added if "NOT NULL" in text), "old rows have no value"
