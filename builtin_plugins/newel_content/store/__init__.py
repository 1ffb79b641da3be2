"""What is written and read through ``Database``: one module per kind of row, statements rendered at start."""

from __future__ import annotations

from collections.abc import Sequence

from newel.contracts.content import MAIN, Locale
from newel.contracts.database import Database, Transaction
from newel.ids import Ids
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.store.catalogue import CatalogueStore
from newel_content.store.changes import ChangeStore
from newel_content.store.entries import EntryStore
from newel_content.store.feed import Feed
from newel_content.store.locales import LocaleStore
from newel_content.store.routes import RouteStore
from newel_content.store.rows import RowStore
from newel_content.store.sweeps import SweepStore
from newel_content.store.tree import TreeStore
from newel_content.store.types import TypeStore
from newel_content.store.versions import VersionStore


class Store:
    """All stores of content. Services get it when they are made; ``open`` fills it when the database is there."""

    db: Database
    catalogue: CatalogueStore
    types: TypeStore
    locales: LocaleStore
    entries: EntryStore
    tree: TreeStore
    rows: RowStore
    versions: VersionStore
    routes: RouteStore
    changes: ChangeStore
    sweeps: SweepStore
    feed: Feed

    def __init__(self, field_types: FieldTypes, ids: Ids) -> None:
        self.field_types = field_types
        self._ids = ids

    def open(self, db: Database) -> None:
        """Renders every statement for this engine."""
        self.db = db
        self.catalogue = CatalogueStore(db, self.field_types, self._ids)
        self.types = TypeStore(db)
        self.locales = LocaleStore(db)
        self.entries = EntryStore(db)
        self.tree = TreeStore(db)
        self.rows = RowStore(db)
        self.versions = VersionStore(db)
        self.routes = RouteStore(db)
        self.changes = ChangeStore(db)
        self.sweeps = SweepStore(db)
        self.feed = Feed(self.changes, self.versions)

    async def wipe(self, tx: Transaction, entries: Sequence[str]) -> None:
        """Removes what lists, readers and other entries see of these: all rows but drafts and versions."""
        await self.routes.wipe(tx, entries)
        await self.versions.withdraw_all(tx, entries)
        await self.rows.wipe(tx, entries)

    async def seed(self, locales: tuple[str, ...], now: str) -> None:
        """The first start of a site: its locales, the default first. Later starts change nothing."""
        async with self.db.transaction() as tx:
            if await self.catalogue.seed(tx):
                await self.changes.seed(tx, MAIN)
                for index, code in enumerate(locales):
                    await self.locales.insert(tx, Locale(code=code, default=index == 0), now)
