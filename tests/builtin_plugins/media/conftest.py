from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.uploading import Door, door


@pytest.fixture
async def at(engine: Any) -> AsyncIterator[Door]:
    """A library behind a real door."""
    async with door() as opened:
        yield opened
