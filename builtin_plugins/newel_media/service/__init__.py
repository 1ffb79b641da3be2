"""The operations of media, one class per subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel_media.care.cleaning import Cleaning
from newel_media.service.browsing import Browsing
from newel_media.service.bulk import Bulk
from newel_media.service.caring import Caring
from newel_media.service.editing import Editing
from newel_media.service.foldering import Foldering
from newel_media.service.presetting import Presetting
from newel_media.service.previewing import Previewing
from newel_media.service.removing import Removing
from newel_media.service.stock import Stock
from newel_media.service.storing import Storing

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.care.survey import Survey
    from newel_media.care.walking import Walk
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.renditions.rendering import Rendering
    from newel_media.store import Store
    from newel_media.view import View


def services(
    app: App,
    config: MediaConfig,
    store: Store,
    view: View,
    pipeline: Pipeline,
    rendering: Rendering,
    walk: Walk,
    survey: Survey,
) -> tuple[object, ...]:
    """All objects with operations."""
    return (
        Storing(app, config, store, view),
        Browsing(app, config, store, view),
        Editing(app, store, view),
        Bulk(store),
        Removing(app, store),
        Foldering(app, store),
        Stock(config, store),
        Caring(app, survey, Cleaning(app, store, walk)),
        Presetting(app, config, store, rendering),
        Previewing(app, store, pipeline, rendering),
    )
