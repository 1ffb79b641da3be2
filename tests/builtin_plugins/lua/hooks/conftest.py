"""Doors to hooks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.lua.hooks.fakes import House

from newel.testing import make_app


@pytest.fixture
async def house() -> Any:
    """Makes a house with the hooks of a fake."""
    async with make_app() as app:
        yield lambda fake: House(app, fake)
