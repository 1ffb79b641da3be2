"""What is written and read through ``Database``: one module per kind of row, statements rendered at start."""

from __future__ import annotations

from newel.contracts.database import Database
from newel_media.store.assets import AssetStore
from newel_media.store.claims import ClaimStore
from newel_media.store.figures import FigureStore
from newel_media.store.folders import FolderStore
from newel_media.store.listing import ListingStore
from newel_media.store.looks import LookStore
from newel_media.store.presence import PresenceStore
from newel_media.store.renditions import PresetStore, RenditionStore
from newel_media.store.states import StateStore
from newel_media.store.uploads import UploadStore


class Store:
    """All of them. Services get it when they are made; ``open`` fills it when the database is there."""

    db: Database
    assets: AssetStore
    claims: ClaimStore
    figures: FigureStore
    folders: FolderStore
    listing: ListingStore
    looks: LookStore
    presence: PresenceStore
    presets: PresetStore
    renditions: RenditionStore
    states: StateStore
    uploads: UploadStore

    def open(self, db: Database) -> None:
        """Renders every statement for this engine."""
        self.db = db
        self.assets = AssetStore(db)
        self.claims = ClaimStore(db)
        self.figures = FigureStore(db)
        self.folders = FolderStore(db)
        self.listing = ListingStore(db)
        self.looks = LookStore(db)
        self.presence = PresenceStore(db)
        self.presets = PresetStore(db)
        self.renditions = RenditionStore(db)
        self.states = StateStore(db)
        self.uploads = UploadStore(db)
