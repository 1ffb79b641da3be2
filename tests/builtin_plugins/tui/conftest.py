"""Desks without a terminal, over a small site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builtin_plugins.tui.notes import NOTES
from tests.builtin_plugins.tui.support import At, Site, site

from newel.testing import FakeClock


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[Site]:
    """A running site with the plugin of ``notes.py``: ``site.desk()`` sits down at it."""
    async with site(NOTES, folder=tmp_path, clock=FakeClock()) as made:
        yield made


@pytest.fixture
async def at(notes: Site) -> At:
    """Somebody who may do everything, at the list of notes."""
    return await notes.desk()
