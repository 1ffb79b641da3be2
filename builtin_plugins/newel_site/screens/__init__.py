"""The screens of a site: home, health, configuration, log, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel.contracts.tui import Screen
from newel.pages import reading
from newel_site.permissions import SITE_READ, SITE_SETTINGS, SITE_WATCH
from newel_site.screens.board import Board
from newel_site.screens.figures import Figures
from newel_site.screens.home import Home
from newel_site.screens.listings import HEALTH, LOG
from newel_site.screens.settings import SettingsScreen

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call


def screens(app: App, writes: Callable[[], int]) -> Sequence[Screen]:
    """``writes`` counts the operations that may have changed something."""
    board = Board(app, writes)

    async def home(call: Call, params: Mapping[str, Any]) -> Home:
        return Home(board, call)

    async def figures(call: Call, params: Mapping[str, Any]) -> Figures:
        return Figures(app, call)

    async def settings(call: Call, params: Mapping[str, Any]) -> SettingsScreen:
        return SettingsScreen(section=params.get("section"))

    return (
        Screen(name="home", section="start", label="Home", icon="⌂", needs=SITE_READ, open=home),
        Screen(name="health", section="site", label="Health", icon="✓", needs=SITE_WATCH, open=reading(HEALTH)),
        Screen(name="config", section="site", label="Configuration", icon="≡", needs=SITE_SETTINGS, open=settings),
        Screen(name="log", section="site", label="Log", icon="…", needs=SITE_WATCH, open=reading(LOG)),
        Screen(name="metrics", section="site", label="Figures", icon="▂", needs=SITE_WATCH, open=figures),
    )
