"""The operations of media, one class per subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel_media.service.storing import Storing

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.store import Store
    from newel_media.view import View


def services(app: App, config: MediaConfig, store: Store, view: View) -> tuple[object, ...]:
    """All objects with operations."""
    return (Storing(app, config, store, view),)
