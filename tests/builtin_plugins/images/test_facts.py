"""What is told about a file."""

from __future__ import annotations

from base64 import b64decode

import pytest
from PIL import Image, ImageDraw
from tests.builtin_plugins.images.conftest import MIMES, Work
from tests.builtin_plugins.images.pictures import encoded, jpeg, near, photo, quarters

from newel.contracts.images import ImageFacts, distance

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF"}


async def test_each_format_is_told_alike(work: Work) -> None:
    assert work.images.reads == set(MIMES.values())
    assert work.images.formats == {"jpeg", "png", "webp", "gif", "avif"}
    picture, hashes = photo(), []
    for kind, name in FORMATS.items():
        found = await work.facts(encoded(picture, name), kind)
        assert (found.mime, found.width, found.height, found.frames) == (MIMES[kind], 640, 480, 1)
        assert (found.alpha, found.gps) == (False, False)
        hashes.append(found.phash)
    assert all(distance(one, hashes[0]) <= 6 for one in hashes)


async def test_the_same_picture_has_a_near_hash_and_another_has_not(work: Work) -> None:
    picture = photo(800, 600)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((100, 100, 400, 500), fill=(240, 220, 30))
    first = await work.facts(jpeg(picture), "jpg")
    again = await work.facts(encoded(picture.resize((300, 225)), "WEBP", quality=40), "webp")
    other = await work.facts(encoded(quarters(), "PNG"), "png")
    assert distance(first.phash, again.phash) <= 6
    assert distance(first.phash, other.phash) > 16
    assert len(first.phash) == 16


async def test_the_dominant_colour(work: Work) -> None:
    image = Image.new("RGB", (100, 100), (200, 30, 40))
    image.paste((10, 10, 240), (0, 0, 100, 20))
    assert near(_rgb(await work.facts(encoded(image, "PNG"), "png")), (200, 30, 40))
    hidden = Image.new("RGBA", (100, 100), (0, 255, 0, 0))
    hidden.paste((200, 30, 40, 255), (0, 0, 100, 20))
    assert near(_rgb(await work.facts(encoded(hidden, "PNG"), "png")), (200, 30, 40), 16)


@pytest.mark.parametrize("place", [(0.2, 0.3), (0.8, 0.75)])
async def test_the_salient_point_is_where_something_is(work: Work, place: tuple[float, float]) -> None:
    """A small busy thing on an even ground is where people look."""
    image = Image.new("RGB", (400, 300), (120, 150, 180))
    x, y = int(place[0] * 400), int(place[1] * 300)
    ImageDraw.Draw(image).regular_polygon((x, y, 30), 5, fill=(250, 60, 20), outline=(0, 0, 0))
    found = (await work.facts(jpeg(image), "jpg")).salient
    assert near((found.x, found.y), place, 0.06), found


async def test_an_even_picture_is_looked_at_in_the_middle(work: Work) -> None:
    found = await work.facts(encoded(Image.new("RGB", (50, 50), (9, 9, 9)), "PNG"), "png")
    assert (found.salient.x, found.salient.y) == (0.5, 0.5)
    assert found.color == "#090909"


async def test_the_thumbhash_is_what_others_decode(work: Work) -> None:
    """Its head says the mean colour, the ratio, and whether there is transparency, as its author defined it."""
    image = Image.new("RGB", (200, 100), (250, 128, 5))
    image.paste((245, 120, 0), (0, 0, 100, 100))
    data = b64decode((await work.facts(encoded(image, "PNG"), "png")).thumbhash)
    assert 15 <= len(data) <= 26
    head = int.from_bytes(data[:3], "little")
    light, yellow, red = (head & 63) / 63, (head >> 6 & 63) / 31.5 - 1, (head >> 12 & 63) / 31.5 - 1
    blue = light - 2 / 3 * yellow
    r = (3 * light - blue + red) / 2
    assert near((255 * r, 255 * (r - red), 255 * blue), (247, 124, 3), 8)
    tail = int.from_bytes(data[3:5], "little")
    assert tail >> 15 == 1  # wide
    assert tail & 7 == 4  # terms down; across are 7
    assert head >> 23 == 0
    clear = Image.new("RGBA", (50, 100), (250, 128, 5, 100))
    seen = b64decode((await work.facts(encoded(clear, "PNG"), "png")).thumbhash)
    assert seen[2] >> 7 == 1
    assert seen[4] >> 7 == 0


async def test_the_thumbhash_is_the_reference_implementations(work: Work) -> None:
    """Made once with the author's JavaScript (npm thumbhash 0.1.1) of the same pixels."""
    noise, seed = bytearray(), 1
    for at in range(8 * 6 * 4):
        seed = (seed * 75 + 74) % 65_537
        noise.append(128 + seed % 128 if at % 4 == 3 else seed % 256)
    data = encoded(Image.frombytes("RGBA", (8, 6), bytes(noise)), "PNG")
    assert (await work.facts(data, "png")).thumbhash == "4SeGJIYL7j2btc4PjAd5g3AJSGaLWHhgBg=="


def _rgb(found: ImageFacts) -> tuple[int, ...]:
    return tuple(bytes.fromhex(found.color[1:]))
