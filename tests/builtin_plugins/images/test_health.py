"""The check of formats makes one picture of each (``register_health_checks``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from newel.contracts.images import BadImage, Rendered, Rendition
from newel.testing import FakeClock, actor, make_app
from newel_images.images import WorkedImages

pytestmark = [pytest.mark.needs_plugin("site"), pytest.mark.may_block]


async def test_which_formats_can_be_made_is_tried_with_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clock = FakeClock()
    async with make_app(["site", "images"], {"images": {"look_apart": False}}, clock=clock) as app:

        async def found() -> tuple[str, str]:
            await clock.advance(2)
            health = await app.operations.run("site.health", {}, app.call(actor("a", everything=True), "test"))
            return next((one.state, one.detail) for one in health.checks if one.name == "images.formats")

        assert await found() == ("ok", "jpeg, png, gif, webp, avif can be made")
        assert not any(one.startswith("newel-images-") for one in os.listdir(tmp_path))  # noqa: PTH208 - names only
        render = WorkedImages.render

        async def without(
            self: WorkedImages, path: Path, mime: str, wanted: Sequence[Rendition], folder: Path
        ) -> list[Rendered]:
            if wanted[0].format == "avif":
                raise BadImage("no encoder")
            return await render(self, path, mime, wanted, folder)

        monkeypatch.setattr(WorkedImages, "render", without)
        assert (await found())[0] == "ok", "for ten minutes it is not tried again"
        await clock.advance(600)
        assert await found() == ("warning", "jpeg, png, gif, webp can be made; avif cannot")
        plugin: Any = app.plugins["images"]
        plugin._codecs.images = None
        assert await found() == ("warning", "no imaging library: images are kept as they are")
