"""Removes renditions that no asset names any more: of focal points and presets that are gone.

Not posters, which the others are made of, nor signed transforms, which no row names and which are few.
Pages that were made earlier show them, so they stay for a week after they were let go. Who names one again holds its
row, so it is either seen here, or found to be missing there and made again.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from newel.contracts.database import Queries, Transaction
from newel.structure import rfc3339
from newel.transact import transact

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

BATCH = 100
KEPT = timedelta(days=7)
Progress = Callable[[float, float | None, str], Awaitable[None]]


class Retiring:
    """What the job ``media.retire`` does. The sweep takes the bytes afterwards."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    async def all(self, progress: Progress) -> dict[str, int]:
        """Answers how many rows were looked at and went."""
        until = rfc3339(self._app.clock.now() - KEPT)
        seen, gone, after = 0, 0, ""
        while rows := await self._store.renditions.old(until, after, BATCH):
            after = rows[-1]["hash"]
            named: dict[str, set[str]] = {}
            for row in rows:
                if row["sha256"] not in named:
                    named[row["sha256"]] = await self._named(self._store.db, row["sha256"])
                if row["hash"] not in named[row["sha256"]]:
                    gone += await self._drop(row["hash"], until)
            seen += len(rows)
            await progress(seen, None, f"{gone} renditions removed")
        return {"seen": seen, "renditions": gone}

    async def _named(self, queries: Queries, sha256: str) -> set[str]:
        names, after = set[str](), ""
        while rows := await self._store.assets.made_of(queries, sha256, after):
            after = rows[-1]["id"]
            names |= {one["hash"] for row in rows for one in json.loads(row["renditions_json"])}
        return names

    async def _drop(self, name: str, until: str) -> int:
        async def body(tx: Transaction) -> int:
            row = await self._store.renditions.locked(tx, name)
            if row is None or row["created_at"] >= until or name in await self._named(tx, row["sha256"]):
                return 0
            await self._store.renditions.delete(tx, name)
            return 1

        return await transact(self._store.db, body)
