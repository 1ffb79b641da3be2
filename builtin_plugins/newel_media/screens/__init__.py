"""The library in the terminal admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.contracts.tui import Screen
from newel.pages import standing
from newel_media.permissions import MEDIA_MANAGE, MEDIA_READ
from newel_media.screens.asset import AssetSession
from newel_media.screens.folders import FoldersSession
from newel_media.screens.library import LibrarySession
from newel_media.screens.lists import PRESETS, TAGS
from newel_media.screens.session import session
from newel_media.screens.sheets import HealthSession, UsageSession
from newel_media.screens.uses import SimilarSession, UsesSession

if TYPE_CHECKING:
    from newel.app import App


def screens_of(app: App) -> tuple[Screen, ...]:
    """In the order of the menu."""
    read, manage = MEDIA_READ, MEDIA_MANAGE
    return (
        Screen(name="library", section="content", label="Media", needs=read, open=session(app, LibrarySession)),
        Screen(
            name="folders", section="content", label="Folders of media", needs=read, open=session(app, FoldersSession)
        ),
        Screen(name="tags", section="content", label="Tags of media", needs=read, open=standing(TAGS)),
        Screen(name="presets", section="structure", label="Image presets", needs=read, open=standing(PRESETS)),
        Screen(name="usage", section="site", label="Space of media", needs=read, open=session(app, UsageSession)),
        Screen(name="health", section="site", label="Health of media", needs=manage, open=session(app, HealthSession)),
        Screen(name="asset", label="File", needs=read, open=session(app, AssetSession), hidden=True),
        Screen(name="uses", label="Where a file is used", needs=read, open=session(app, UsesSession), hidden=True),
        Screen(name="similar", label="What looks alike", needs=read, open=session(app, SimilarSession), hidden=True),
    )
