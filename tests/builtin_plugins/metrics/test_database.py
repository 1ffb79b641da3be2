"""Statements and connections are counted alike on every engine."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.metrics.guest import Samples, read_text, samples_of, scraped

from newel import Conflict
from newel.contracts.database import Database
from newel.testing import FakeClock

pytestmark = pytest.mark.needs_plugin("http")

TIMED = "newel_database_statement_duration_seconds_count"


def one(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


async def test_statements_errors_and_connections_are_told() -> None:
    clock = FakeClock()
    async with scraped(plugins=["database"], clock=clock) as (app, client):

        async def told() -> Samples:
            await clock.advance(2)
            return samples_of(read_text((await client.get("/metrics")).body))

        database = app.need(Database)
        await database.execute("CREATE TABLE kept (id VARCHAR(9) PRIMARY KEY)")
        before = await told()
        for _ in range(10):
            await database.fetch_one("SELECT 1 AS x")
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO kept (id) VALUES (:id)", {"id": "a"})
            assert one(await told(), "newel_database_connections", state="used") <= 1
        for _ in range(2):
            with pytest.raises(Conflict):
                await database.execute("INSERT INTO kept (id) VALUES (:id)", {"id": "a"})
        broken: Any = "SELECT * FROM nowhere"
        with pytest.raises(Exception, match="nowhere"):
            await database.fetch_all(broken)
        after = await told()
        assert one(after, TIMED, kind="read") - one(before, TIMED, kind="read") >= 11
        assert one(after, TIMED, kind="write") - one(before, TIMED, kind="write") >= 4
        errors = "newel_database_errors_total"
        assert one(after, errors, code="not_unique") - one(before, errors, code="not_unique") == 2
        assert one(after, errors, code="other") - one(before, errors, code="other") == 1
        assert one(after, "newel_database_connections", state="idle") >= 0
        assert one(after, "newel_database_waiting") == 0
        seconds = one(after, TIMED.replace("_count", "_sum"), kind="write")
        assert 0 < seconds < 60
