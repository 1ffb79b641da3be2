"""The screens of content in the terminal admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.contracts.tui import Screen
from newel_content.permissions import CONTENT_READ, CONTENT_READ_DRAFT, TYPES_READ
from newel_content.screens.entries import EntriesSession
from newel_content.screens.entry import EntrySession
from newel_content.screens.fields import FieldsSession
from newel_content.screens.pages import PagesSession
from newel_content.screens.session import session
from newel_content.screens.standing import standing_screens
from newel_content.screens.versions import ReferencesSession, TypeHistorySession, VersionsSession

if TYPE_CHECKING:
    from newel_content.plugin import ContentPlugin


def screens_of(content: ContentPlugin) -> tuple[Screen, ...]:
    """All of them, in the order of the menu."""
    return (
        Screen(
            name="entries", section="content", label="Entries", needs=CONTENT_READ,
            open=session(content, EntriesSession),
        ),
        Screen(
            name="pages", section="content", label="Pages", needs=CONTENT_READ_DRAFT,
            open=session(content, PagesSession),
        ),
        *standing_screens(),
        Screen(name="entry", label="Entry", needs=CONTENT_READ, open=session(content, EntrySession), hidden=True),
        Screen(
            name="versions", label="Versions", needs=CONTENT_READ_DRAFT, open=session(content, VersionsSession),
            hidden=True,
        ),
        Screen(
            name="references", label="Who points here", needs=CONTENT_READ_DRAFT,
            open=session(content, ReferencesSession), hidden=True,
        ),
        Screen(name="fields", label="Fields", needs=TYPES_READ, open=session(content, FieldsSession), hidden=True),
        Screen(
            name="type_history", label="History of a type", needs=TYPES_READ,
            open=session(content, TypeHistorySession), hidden=True,
        ),
    )  # fmt: skip
