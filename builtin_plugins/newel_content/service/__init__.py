"""The operations of content, one class per subject."""

from __future__ import annotations

from newel.app import App
from newel_content.config import ContentConfig
from newel_content.service.batch import Batches
from newel_content.service.duplicating import Duplicating
from newel_content.service.entries import Entries
from newel_content.service.fields import Fields
from newel_content.service.locales import Locales
from newel_content.service.presets import Presets
from newel_content.service.publishing import Publishing
from newel_content.service.references import References
from newel_content.service.rehearsing import Rehearsing
from newel_content.service.saving import Saver
from newel_content.service.trash import Trash
from newel_content.service.tree import Tree
from newel_content.service.types import Types
from newel_content.service.versions import Versions
from newel_content.store import Store


def services(app: App, config: ContentConfig, store: Store) -> tuple[object, ...]:
    """All objects with operations."""
    types = Types(app, config, store)
    return (
        types,
        Fields(types, store.field_types),
        Presets(app, store, store.field_types),
        Locales(store),
        Entries(app, config, store),
        Duplicating(app, store, Saver(app, config, store)),
        Rehearsing(app, store),
        Publishing(app, config, store),
        Versions(app, config, store),
        Tree(app, config, store),
        Trash(app, config, store),
        References(store),
        Batches(app, store),
    )
