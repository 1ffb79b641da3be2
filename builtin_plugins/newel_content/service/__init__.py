"""The operations of content, one class per subject."""

from __future__ import annotations

from newel.app import App
from newel_content.config import ContentConfig
from newel_content.service.batch import Batches
from newel_content.service.entries import Entries
from newel_content.service.locales import Locales
from newel_content.service.publishing import Publishing
from newel_content.service.references import References
from newel_content.service.trash import Trash
from newel_content.service.tree import Tree
from newel_content.service.types import Types
from newel_content.service.versions import Versions
from newel_content.store import Store


def services(app: App, config: ContentConfig, store: Store) -> tuple[object, ...]:
    """All objects with operations."""
    return (
        Types(app, config, store),
        Locales(store),
        Entries(app, config, store),
        Publishing(app, config, store),
        Versions(app, config, store),
        Tree(app, config, store),
        Trash(app, config, store),
        References(store),
        Batches(app, store),
    )
