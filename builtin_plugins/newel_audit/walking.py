"""Goes through the chains in their order, in bounded memory: for whoever verifies or exports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from attrs import frozen

from newel.contracts.database import Queries, Row
from newel_audit.store import Store
from newel_audit.store.rows import LEAST

LAST = "~"
"""After every day."""


@frozen
class Day:
    """A day begins. ``heads`` are its heads by stripe: all of them, and none where they were removed."""

    name: str
    heads: list[Row]


async def days(store: Store, tx: Queries, since: str = "", until: str = LAST) -> AsyncIterator[str]:
    """The days with heads or rows, ``since`` <= day < ``until``. The empty text is no day."""
    rows, heads = store.rows, store.heads
    at = since and _before(since)
    while True:
        found = [day for day in (await heads.day_after(tx, at), await rows.day_after(tx, at)) if day is not None]
        if not found or min(found) >= until:
            return
        at = min(found)
        yield at


async def walk(store: Store, tx: Queries, since: str = "", until: str = LAST) -> AsyncIterator[Day | Row]:
    """For each day a ``Day``, then its rows by stripe and number; also those that nobody should have written."""
    async with aclosing(cast(Any, days(store, tx, since, until))) as names:
        async for name in names:
            yield Day(name, await store.heads.of(tx, name))
            stripe = await store.rows.stripe_from(tx, name, LEAST)
            while stripe is not None:
                async with aclosing(cast(Any, store.rows.chain(tx, name, stripe))) as rows:
                    async for row in rows:
                        yield row
                stripe = None if stripe == -LEAST - 1 else await store.rows.stripe_from(tx, name, stripe + 1)


def _before(day: str) -> str:
    """A text right before a day: days are asked for by what they come after."""
    return f"{day[:-1]}{chr(ord(day[-1]) - 1)}~"
