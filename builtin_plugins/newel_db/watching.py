"""Whether the database answers, and how fast."""

from __future__ import annotations

from time import perf_counter

from newel.contracts.database import Database
from newel.contracts.site import Finding

SLOW = 0.5
"""Seconds that the smallest question may take."""


async def look(database: Database) -> Finding:
    begun = perf_counter()
    await database.fetch_one("select 1")
    took = perf_counter() - begun
    told = f"{database.server} answers in {took * 1000:.1f} ms"
    if took > SLOW:
        return Finding(state="warning", detail=told, remedy="Look at its load, and at the network between.")
    return Finding(detail=told)


async def measured(database: Database) -> Finding:
    return Finding(detail=f"{await database.size() / (1 << 20):,.1f} MiB of {database.server}")
