"""``/media/{hash}/{preset}.{ext}``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.served import READER, SOURCE, Served, first, served
from tests.builtin_plugins.media.site import image

from newel.contracts.blobs import Blobs

pytestmark = pytest.mark.needs_plugin("http", "jobs")


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Served]:
    async with served() as made:
        yield made


async def test_a_rendition_is_kept_for_ever(library: Served) -> None:
    url = first(await library.picture())
    assert url.endswith("/responsive.avif")
    answer = await library.get(url)
    assert (answer.status, answer.headers["Content-Type"], len(answer.body)) == (200, "image/avif", 420)
    name = url.split("/")[2]
    told = {
        "Cache-Control": "public, max-age=31536000, immutable", "ETag": f'"{name}"', "Accept-Ranges": "bytes",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Disposition": "inline", "Content-Length": "420",
    }  # fmt: skip
    assert {key: answer.headers[key] for key in told} == told
    assert "Vary" not in answer.headers
    unchanged = await library.get(url, If_None_Match=f'"{name}"')
    assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", f'"{name}"')
    head = await library.get(url, method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "420", b"")
    part = await library.get(url, Range="bytes=10-19")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, answer.body[10:20], "bytes 10-19/420")
    signed_in = await library.get(url, READER)
    assert signed_in.headers["Cache-Control"] == told["Cache-Control"], "browsers that send a token keep it too"


async def test_every_source_is_there(library: Served) -> None:
    shown = await library.picture()
    for preset in shown["presets"].values():
        for source in preset["sources"]:
            for part in source["srcset"].split(", "):
                answer = await library.get(part.partition(" ")[0])
                assert (answer.status, answer.headers["Content-Type"]) == (200, source["type"])


async def test_it_costs_one_statement(library: Served) -> None:
    shown = await library.picture()
    with library.counted() as statements:
        assert (await library.get(first(shown))).status == 200
    assert len(statements) == 1
    with library.counted() as statements:
        assert (await library.get(shown["url"])).status == 200
    assert len(statements) == 1


async def test_what_is_no_address_of_a_rendition_is_not_found(library: Served) -> None:
    url = first(await library.picture())
    name = url.split("/")[2]
    wrong = [
        f"/media/{name}/responsive.webp", f"/media/{name}/responsive", f"/media/{name}/.avif",
        f"/media/{name}/RESPONSIVE.avif", f"/media/{name}/..%2fx.avif", f"/media/{name[:-1]}/responsive.avif",
        f"/media/{name.upper()}/responsive.avif", f"/media/{'0' * 32}/responsive.avif", f"/media/{name}/a/b.avif",
        f"/media/{name}/responsive.avif/",
    ]  # fmt: skip
    for one in wrong:
        assert (await library.get(one)).status == 404, one
    assert await library.code(f"{url}?v=2") == (400, "malformed"), "caches cannot be filled with one file"


async def test_the_preset_in_the_address_is_only_a_name(library: Served) -> None:
    """Presets that ask for the same share one rendition, and pages of yesterday name a preset as it was called."""
    url = first(await library.picture())
    assert (await library.get(url.replace("responsive", "yesterday"))).status == 200


async def test_a_deleted_asset_takes_its_renditions_along_at_once(library: Served) -> None:
    shown = await library.picture()
    other = await library.upload(SOURCE, "again.png")
    await library.settle()
    await library.forget(shown["id"])
    assert (await library.get(first(shown))).status == 200, "another asset has the same bytes"
    await library.forget(other.id)
    assert (await library.get(first(shown))).status == 404
    assert (await library.get(shown["url"])).status == 404


async def test_a_private_one_needs_a_signature(library: Served) -> None:
    url = first(await library.picture(private=True))
    path = url.partition("?")[0]
    answer = await library.get(url)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, max-age=990")
    assert await library.code(path) == (403, "not_signed")
    assert await library.code(path, READER) == (403, "not_signed"), "what is shared does not depend on who asks"
    for altered in (
        url.replace("expires=", "expires=1"), url[:-1] + ("A" if url[-1] != "A" else "B"), url[:-1], f"{url}%0a",
        f"{path}?expires=9&signature=%C3%BC", f"{path}?expires=&signature=",
        url.replace("responsive", "yesterday"),
    ):  # fmt: skip
        assert await library.code(altered) == (403, "bad_signature"), altered
    await library.clock.advance(500)
    assert (await library.get(url)).headers["Cache-Control"] == "private, max-age=490"
    await library.clock.advance(491)
    assert await library.code(url) == (403, "expired")


async def test_bytes_that_somebody_may_see_are_public(library: Served) -> None:
    hidden = await library.picture(private=True)
    path = first(hidden).partition("?")[0]
    assert (await library.get(path)).status == 403
    await library.picture()
    assert (await library.get(path)).headers["Cache-Control"].startswith("public")


async def test_keys_are_turned(engine: Any) -> None:
    async with served(signing_keys=["old key"]) as before:
        shown = await before.picture(private=True)
        url = first(shown)
    for keys, status in ((["new key", "old key"], 200), (["new key"], 403)):
        async with served(signing_keys=keys) as after:
            again = await after.picture(private=True)
            assert first(again) != url
            # The same path: what it is made of has the same hash.
            assert (await after.get(url)).status == status


async def test_bytes_that_are_gone_are_a_problem_and_no_empty_file(library: Served) -> None:
    shown = await library.picture()
    keys = [key for key in await library.keys() if key.startswith("renditions/")]
    await library.app.need(Blobs).delete(*keys)
    assert await library.code(first(shown)) == (404, "bytes_gone")


async def test_an_address_of_somewhere_else(engine: Any) -> None:
    async with served(public_url="https://cdn.example.org/site/") as library:
        url = first(await library.picture(image(400, 400)))
        assert url.startswith("https://cdn.example.org/site/media/")
        assert (await library.get(url.removeprefix("https://cdn.example.org/site"))).status == 200
