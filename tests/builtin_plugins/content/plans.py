"""How an engine would carry out a statement, as far as each tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from newel.contracts.database import Database

ONLY_IF_IT_MUST = "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
"""PostgreSQL would sort what is so little; what no index can give in order, it sorts all the same."""


@frozen
class Plan:
    text: str
    sorts: bool
    """Whether rows are gathered and sorted before the first one is known."""


async def plan_of(db: Database, text: str, values: Mapping[str, Any]) -> Plan:
    """The plan of a statement with its values."""
    if db.dialect == "sqlite":
        told = "\n".join(await steps_of(db, text, values))
        return Plan(told, "TEMP B-TREE" in told)
    if db.dialect == "mysql":
        row = await db.fetch_one(f"EXPLAIN FORMAT=JSON {text}", values)
        told = "" if row is None else str(row["EXPLAIN"])
        return Plan(told, "filesort" in told)
    async with db.transaction() as tx:
        for setting in ONLY_IF_IT_MUST.split("; "):
            await tx.execute(setting)
        told = "\n".join(row["QUERY PLAN"] for row in await tx.fetch_all(f"EXPLAIN {text}", values))
    return Plan(told, re.search(r"->  Sort\b", told) is not None)


async def steps_of(db: Database, text: str, values: Mapping[str, Any]) -> list[str]:
    """SQLite's plan, a step a line."""
    return [str(row["detail"]) for row in await db.fetch_all(f"EXPLAIN QUERY PLAN {text}", values)]
