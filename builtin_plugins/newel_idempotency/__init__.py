"""The same request twice is one act."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.idempotency import Idempotency
from newel.contracts.migrations import Migrations
from newel_idempotency.config import IdempotencyConfig

manifest = Manifest(
    name="idempotency",
    summary="Remembers answers by Idempotency-Key for a day, in the transaction of the act.",
    load="newel_idempotency.plugin:IdempotencyPlugin",
    config=IdempotencyConfig,
    needs=(Database, Migrations),
    provides=(Idempotency,),
)
