"""The operations of content, one class per subject."""

from __future__ import annotations

from newel.app import App
from newel_content.config import ContentConfig
from newel_content.service.entries import Entries
from newel_content.service.locales import Locales
from newel_content.service.types import Types
from newel_content.store import Store


def services(app: App, config: ContentConfig, store: Store) -> tuple[object, ...]:
    """All objects with operations."""
    return (Types(app, store), Locales(store), Entries(app, config, store))
