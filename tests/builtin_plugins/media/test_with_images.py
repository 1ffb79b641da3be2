"""The library with the real decoders: what they say of a file is what becomes of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.images.pictures import encoded, jpeg, quarters
from tests.builtin_plugins.media.site import PLUGINS, FakeImages, Site, site

from newel import Reject

ALLOW = ["image/jpeg", "image/png", "image/svg+xml"]
CLEAN = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>'
SCRIPT = CLEAN.replace(b"<rect", b"<script>alert(1)</script><rect")
pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("images")]  # about decoders


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    plugins = ["images" if one is FakeImages.manifest else one for one in PLUGINS]
    async with site(plugins=plugins, config={"media": {"allow": ALLOW}}) as made:
        yield made


async def test_an_image_is_rendered(library: Site) -> None:
    stored = await library.upload(jpeg(quarters(900, 600)), "a.jpg")
    assert (stored.width, stored.height, stored.status) == (900, 600, "pending")
    assert await library.media.rendering.bring(stored.id) > 0
    [row] = await library.rows("assets")
    made = json.loads(row["renditions_json"])
    assert row["status"] == "ready"
    assert {(one["width"], one["height"]) for one in made if one["preset"] == "thumb"} == {(320, 320)}
    assert max(one["width"] for one in made) == 900


async def test_a_drawing_is_kept_clean_and_otherwise_whole(library: Site) -> None:
    assert (await library.upload(CLEAN, "a.svg")).mime == "image/svg+xml"
    scripted = await library.upload(SCRIPT, "b.svg")
    clean = await library.upload(CLEAN, "c.svg")
    assert scripted.hash == clean.hash, "all that differs was left out"


@pytest.mark.parametrize("data", [jpeg()[:-200], encoded(quarters(), "PNG")[:60]], ids=["cut", "head only"])
async def test_what_is_broken_is_refused_and_leaves_nothing(library: Site, data: bytes) -> None:
    with pytest.raises(Reject) as refused:
        await library.upload(data, "a.jpg")
    assert refused.value.reason == "bad_image"
    assert await library.rows("assets") == await library.rows("blobs") == await library.keys() == []
