"""Reads and writes of the trail's tables. Statements are rendered once, when the plugin starts."""

from __future__ import annotations

from newel.contracts.database import Database
from newel_audit.store.heads import HeadStore
from newel_audit.store.rows import FILTERS, RowStore

__all__ = ["FILTERS", "HeadStore", "RowStore", "Store"]


class Store:
    """All statements of the trail; ``open`` before use."""

    db: Database
    rows: RowStore
    heads: HeadStore

    def open(self, db: Database) -> None:
        self.db = db
        self.rows = RowStore(db)
        self.heads = HeadStore(db)
