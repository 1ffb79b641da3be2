"""Small pictures, pixel by pixel."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.served import READER, Served, served
from tests.builtin_plugins.media.site import image

from newel.contracts.blobs import Blobs
from newel.testing import actor


@pytest.fixture
async def at(engine: Any) -> AsyncIterator[Served]:
    async with served() as opened:
        yield opened


async def preview(at: Served, id: str, query: str = "?width=20&height=10", token: str | None = READER) -> Any:
    return await at.get(f"/api/v1/media/{id}/preview{query}", token)


async def test_a_picture_is_answered_pixel_by_pixel(at: Served) -> None:
    stored = await at.upload(image(1000, 500))
    answer = (await preview(at, stored.id)).json()
    assert (answer["width"], answer["height"]) == (20, 10)
    order = {"id": stored.id, "width": 20, "height": 10}
    small = await at.app.operations.run("media.preview", order, at.app.call(actor("admin"), "test"))
    assert small.pixels == answer["pixels"]
    assert b64decode(answer["pixels"]) == bytes([1000 % 256]) * 600


async def test_it_is_made_of_a_small_rendition_where_there_is_one(at: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = await at.upload(image(1000, 500))
    asked: list[str] = []
    kind = type(at.app.need(Blobs))
    real = kind.get

    def get(self: Any, key: str, **more: Any) -> Any:
        asked.append(key)
        return real(self, key, **more)

    monkeypatch.setattr(kind, "get", get)
    await preview(at, stored.id)
    assert asked[0].startswith("originals/")
    await at.settle()
    asked.clear()
    await preview(at, stored.id)
    assert asked[0].startswith("renditions/")


async def test_who_may_not_see_the_library_and_what_is_no_picture(at: Served) -> None:
    stored, text = await at.upload(image()), await at.upload(b"words", "a.txt")
    assert (await preview(at, stored.id, token="perm:content.read")).status == 403
    assert (await preview(at, stored.id, token=None)).status == 401
    for id in (text.id, "01J9ZC3Y5N8K2Q7W4R6T0V1X3B"):
        assert (await preview(at, id)).status == 404
    assert (await preview(at, stored.id, "?width=385")).status == 400
    bad = await at.upload(image(10, 10, bad=True))
    assert (await preview(at, bad.id)).json()["code"] == "cannot_render"
