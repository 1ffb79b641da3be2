"""Renditions that are late, or cannot be made, are found (``register_health_checks``)."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.media.site import ADMIN, image, site

from newel.testing import FakeClock

pytestmark = pytest.mark.needs_plugin("site", "jobs")


async def test_late_and_impossible_renditions_are_found() -> None:
    clock = FakeClock()
    async with site("site", clock=clock) as at:

        async def found() -> tuple[str, str]:
            await clock.jump(2)
            health = await at.run("site.health", ADMIN)
            return next((one.state, one.detail) for one in health.checks if one.name == "media.processing")

        assert await found() == ("ok", "all renditions are made")
        await at.upload(image(300, 200), "a.png")
        assert await found() == ("ok", "1 file waits for renditions")
        await clock.jump(1000)
        assert await found() == ("warning", "1 file waits for renditions, for more than 15 minutes")
        await at.settle()
        assert await found() == ("ok", "all renditions are made")
        await at.upload(image(300, 200, bad=True), "b.png")
        await at.settle()
        assert await found() == ("warning", "renditions of 1 could not be made")
