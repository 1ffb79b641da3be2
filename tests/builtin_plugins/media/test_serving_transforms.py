"""``/media/t/{signature}/{options}/{asset id}.{ext}``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.served import Served, served
from tests.builtin_plugins.media.site import image
from tests.builtin_plugins.media.test_serving_on_demand import QUIET

from newel import Forbidden, NotFound, Reject
from newel.contracts.images import Focal
from newel.testing import actor

pytestmark = pytest.mark.needs_plugin("http")
EDITOR = actor("editor", "media.write")


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Served]:
    async with served(plugins=QUIET) as made:
        yield made


async def sign(library: Served, id: str, **options: Any) -> str:
    answer = await library.client.signed_in("perm:media.write").get(f"/api/v1/media/{id}/transform", params=options)
    assert answer.status == 200, answer
    url: str = answer.json()["url"]
    return url


async def test_a_transform_is_made_when_it_is_asked_for(library: Served) -> None:
    stored = await library.upload(image(1000, 500))
    asked = {"width": 400, "height": 300, "fit": "cover", "quality": 80, "format": "jpeg", "background": "#FFaa00"}
    url = await sign(library, stored.id, **asked, **{"focal[x]": 0.5, "focal[y]": 0.2})
    assert url.split("/")[4:] == ["w=400,h=300,fit=cover,q=80,focal=0.5x0.2,bg=ffaa00", f"{stored.id}.jpg"]
    assert library.images.rendered == []
    answer = await library.get(url)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=60", "the asset may get other bytes"
    [[made]] = library.images.rendered
    assert (made.width, made.height, made.fit, made.quality, made.background) == (400, 300, "cover", 80, "#ffaa00")
    assert made.focal == Focal(x=0.5, y=0.2)
    assert answer.body.startswith(stored.hash.encode())
    with library.counted() as statements:
        again = await library.get(url)
    assert (again.body, len(library.images.rendered), len(statements)) == (answer.body, 1, 2)
    assert (await library.get(url, If_None_Match=answer.headers["ETag"])).status == 304
    assert [row["preset"] for row in await library.rows("renditions")] == ["~transform"]


async def test_without_a_point_that_of_the_asset_counts(library: Served) -> None:
    stored = await library.upload(image(1000, 500, salient={"x": 0.25, "y": 0.75}))
    url = await sign(library, stored.id, width=10, height=10, fit="cover")
    before = await library.get(url)
    await library.change(stored.id, focal_x=9000, focal_y=1000)
    after = await library.get(url)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert [one.focal for [one] in library.images.rendered] == [Focal(x=0.25, y=0.75), Focal(x=0.9, y=0.1)]


async def test_each_part_is_signed(library: Served) -> None:
    stored, other = await library.upload(image(1000, 500)), await library.upload(image(900, 500))
    hidden = await library.upload(image(800, 500), private=True)
    url = await sign(library, stored.id, width=400, height=300)
    private = await sign(library, hidden.id, width=400, height=300)
    signature = url.split("/")[3]
    for altered in (
        url.replace("w=400", "w=401"), url.replace("h=300", "h=300,q=99"), url.replace(",h=300", ""),
        url.replace("w=400,h=300", "h=300,w=400"), url.replace(stored.id, other.id), url.replace(".webp", ".png"),
        url.replace(signature, signature[:-1]), url.replace(signature, "x" * 32), url.replace(signature, "%C3%BC"),
        url.replace(signature, signature.swapcase()), f"{url}?expires=9999999999",
        private.partition("?")[0], private.replace("expires=1", "expires=2"), f"{private}0", f"{private}%0a",
    ):  # fmt: skip
        assert await library.code(altered) == (403, "bad_signature"), altered
    assert library.images.rendered == []


async def test_what_cannot_be_an_address_is_not_found(library: Served) -> None:
    stored = await library.upload(image(1000, 500))
    url = await sign(library, stored.id, width=400)
    for wrong in (
        url.replace("w=400", "w=400%0A"), url.replace(stored.id, "x"), url.replace(".webp", ".exe"),
        url.replace(".webp", ""), url.replace("w=400", "W=400"), url.replace("w=400", "w" * 200),
    ):  # fmt: skip
        assert (await library.get(wrong)).status == 404, wrong
    await library.forget(stored.id)
    assert (await library.get(url)).status == 404


async def test_the_address_of_a_private_one_expires(library: Served) -> None:
    stored = await library.upload(image(1000, 500), private=True)
    signed = await library.run("media.sign_transform", EDITOR, id=stored.id, width=400)
    assert signed.expires_at == "2030-01-01T00:16:30.000Z"
    answer = await library.get(signed.url)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, max-age=60")
    await library.clock.advance(991)
    assert await library.code(signed.url) == (403, "expired")


async def test_one_that_was_signed_while_all_could_see_it_is_not_enough(library: Served) -> None:
    stored = await library.upload(image(1000, 500))
    url = await sign(library, stored.id, width=400)
    await library.get(url)
    await library.change(stored.id, private=1)
    assert await library.code(url) == (403, "not_signed")


@pytest.mark.parametrize(
    "options",
    [
        "", "q=80", "w=0", "w=8193", "w=99999", "w=8192,h=8192", "w=400,w=400", "w=400,x=1", "w=400,fit=fill",
        "w=400,q=0", "w=400,q=101", "w=400,focal=2x0", "w=400,focal=0.5", "w=400,bg=fff", "w=400,", "w=-1", "w=1e3",
    ],
)  # fmt: skip
async def test_options_of_other_programs_are_checked(library: Served, options: str) -> None:
    """Whoever has the key may sign by themselves: their mistakes are told, and nothing is made of them."""
    stored = await library.upload(image(1000, 500))
    url = library.media.view.addresses.transform(stored.id, options or "-", "webp").replace("/-/", f"/{options}/")
    assert (await library.get(url)).status in ((404,) if options in ("", "w=-1") else (422,)), options
    assert library.images.rendered == []


@pytest.mark.parametrize("options", [{}, {"quality": 5}, {"width": 8192, "height": 8192}, {"width": 8193}])
async def test_what_would_be_too_large_is_not_signed(library: Served, options: dict[str, int]) -> None:
    stored = await library.upload(image(1000, 500))
    with pytest.raises(Reject):
        await library.run("media.sign_transform", EDITOR, id=stored.id, **options)


async def test_who_may_sign(library: Served) -> None:
    stored = await library.upload(image(1000, 500))
    with pytest.raises(Forbidden):
        await library.run("media.sign_transform", actor("viewer", "media.read"), id=stored.id, width=4)
    with pytest.raises(NotFound):
        await library.run("media.sign_transform", EDITOR, id="0" * 26, width=4)


async def test_keys_are_turned(engine: Any) -> None:
    """The first key signs; addresses of the others are good until their key is taken out."""
    async with served(plugins=QUIET, signing_keys=["new", "old"]) as library:
        stored = await library.upload(image(1000, 500))
        addresses = library.media.view.addresses
        new = addresses.transform(stored.id, "w=9", "webp")
        addresses._keys.reverse()
        old = addresses.transform(stored.id, "w=9", "webp")
        assert old != new
        assert [(await library.get(url)).status for url in (old, new)] == [200, 200]
        addresses._keys[:] = [b"new"]
        assert [(await library.get(url)).status for url in (old, new)] == [403, 200]


async def test_the_oldest_of_many_go(library: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel_media.serving.transforms.MOST", 3)
    stored = await library.upload(image(1000, 500))
    await library.get(f"/media/{stored.id}/thumb.webp")
    urls = [await sign(library, stored.id, width=width) for width in range(1, 6)]
    for url in urls:
        assert (await library.get(url)).status == 200
        await library.clock.advance(1)
    kept = [row for row in await library.rows("renditions") if row["preset"] == "~transform"]
    assert sorted(row["width"] for row in kept) == [3, 4, 5]
    assert len(await library.rows("renditions")) == 3 + 3, "those of presets stay"
    assert (await library.get(urls[0])).status == 200, "it is made again"
    await library.clock.advance(25 * 3600)
    await library.media.sweep.all(_quiet)
    assert len([key for key in await library.keys() if key.startswith("renditions/")]) == 6, "bytes go with the sweep"


async def _quiet(*words: Any) -> None:
    return None


async def test_a_file_that_is_no_image(library: Served) -> None:
    stored = await library.upload(b"hello", "a.txt")
    assert await library.code(await sign(library, stored.id, width=4)) == (404, "cannot_render")
