"""``/media/file/{id}/{name}``."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.builtin_plugins.media.served import READER, Served, served
from tests.builtin_plugins.media.test_storing import HTML, PDF, SVG

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 2000
pytestmark = pytest.mark.needs_plugin("http")
END = len(MP4) - 1
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Served]:
    async with served() as made:
        yield made


async def test_a_file_is_looked_at_again_after_a_while(library: Served) -> None:
    stored = await library.upload(PDF, "a.pdf")
    answer = await library.get(stored.url)
    tag = f'"{hashlib.sha256(PDF).hexdigest()}"'
    assert (answer.status, answer.body, answer.headers["ETag"]) == (200, PDF, tag)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert (await library.get(stored.url, If_None_Match=tag)).status == 304
    assert (await library.get(f"/media/file/{'0' * 26}/a.pdf")).status == 404
    assert (await library.get("/media/file/x/a.pdf")).status == 404


async def test_a_film_can_be_wound_on(library: Served) -> None:
    """A browser asks for all from the start, then for the place it jumps to; what it has is checked with its tag."""
    stored = await library.upload(MP4, "a.mp4")
    begin = await library.get(stored.url, Range="bytes=0-")
    assert (begin.status, begin.body, begin.headers["Content-Range"]) == (
        206,
        MP4,
        f"bytes 0-{len(MP4) - 1}/{len(MP4)}",
    )
    tag = begin.headers["ETag"]
    jump = await library.get(stored.url, Range="bytes=400000-400099", If_Range=tag)
    assert (jump.status, jump.body) == (206, MP4[400_000:400_100])
    other = await library.get(stored.url, Range="bytes=400000-400099", If_Range='"other"')
    assert (other.status, len(other.body)) == (200, len(MP4))
    assert (await library.get(stored.url, Range=f"bytes={len(MP4)}-")).status == 416
    assert begin.headers["Content-Security-Policy"] == f"{SANDBOX}; media-src 'self'"


TYPES = [
    (PDF, "a.pdf", "application/pdf", "inline"), (MP4, "a.mp4", "video/mp4", "inline"),
    (b"<3 hello", "a.txt", "text/plain; charset=utf-8", "inline"),
    (b"WEBVTT\n\n", "a.vtt", "text/vtt; charset=utf-8", "inline"),
    (b"a,b\n1,2\n", "a.csv", "text/csv; charset=utf-8", "attachment"),
    (b'{"a": 1}', "a.json", "application/json", "attachment"), (SVG, "a.svg", "image/svg+xml", "inline"),
    (HTML, "a.html", "text/html; charset=utf-8", "attachment"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "mime", "how"), TYPES)
async def test_only_what_browsers_do_not_run_is_shown(engine: Any, data: bytes, name: str, mime: str, how: str) -> None:
    allow = ["application/pdf", "video/mp4", "text/plain", "text/vtt", "text/csv", "text/html", "application/json"]
    async with served(allow=[*allow, "image/svg+xml"]) as library:
        stored = await library.upload(data, name)
        answer = await library.get(stored.url)
        assert (answer.status, answer.headers["Content-Type"]) == (200, mime)
        assert answer.headers["Content-Disposition"] == f"{how}; filename=\"{name}\"; filename*=UTF-8''{name}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith(SANDBOX) or mime == "application/pdf"
        assert "default-src 'none'" in policy
        assert "script" not in policy
        saved = await library.get(f"{stored.url}?download")
        assert saved.headers["Content-Disposition"].startswith("attachment; ")
        assert saved.body == answer.body


async def test_it_is_saved_under_its_name(library: Served) -> None:
    stored = await library.upload(PDF, 'Ünï"code 100%; x.pdf')
    answer = await library.get(stored.url)
    assert answer.headers["Content-Disposition"] == (
        f"inline; filename=\"_n_ code 100_; x.pdf\"; filename*=UTF-8''{quote(stored.name, safe='')}"
    )


async def test_an_old_name_leads_to_the_present_one(library: Served) -> None:
    stored = await library.upload(PDF, "old.pdf")
    await library.change(stored.id, name="new name.pdf")
    answer = await library.get(f"{stored.url}?download")
    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (302, b"", "public, max-age=60")
    assert answer.headers["Location"] == f"/media/file/{stored.id}/new%20name.pdf?download"
    assert (await library.get(answer.headers["Location"])).body == PDF
    assert (await library.get(f"/media/file/{stored.id}/%3Cscript%3E")).headers["Location"].endswith("/new%20name.pdf")
    assert (await library.get(f"/media/file/{stored.id}/%0d%0aSet-Cookie:x")).status == 404


async def test_a_private_file_needs_a_signature_or_a_reader(library: Served) -> None:
    stored = await library.upload(PDF, "a b.pdf", private=True)
    path = stored.url.partition("?")[0]
    answer = await library.get(stored.url)
    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, PDF, "private, max-age=60")
    assert await library.code(path) == (403, "not_signed")
    assert await library.code(path, "perm:media.write") == (403, "not_signed")
    read = await library.get(path, READER)
    assert (read.status, read.body, read.headers["Cache-Control"]) == (200, PDF, "private, no-store")
    other = "A" if stored.url[-1] != "A" else "B"
    for altered in (
        stored.url.replace("a%20b", "a%20c"), stored.url.replace("expires=1", "expires=2"), stored.url[:-1] + other,
    ):  # fmt: skip
        assert await library.code(altered) == (403, "bad_signature"), altered
    assert (await library.get(f"{stored.url}&download")).status == 200
    await library.clock.advance(960)
    assert (await library.get(stored.url)).headers["Cache-Control"] == "private, max-age=30", (
        "not longer than the address"
    )
    await library.clock.advance(31)
    assert await library.code(stored.url) == (403, "expired")


async def test_a_signature_is_good_for_one_file(library: Served) -> None:
    mine = await library.upload(PDF, "a.pdf", private=True)
    other = await library.upload(PDF + b"2", "a.pdf", private=True)
    assert await library.code(mine.url.replace(mine.id, other.id)) == (403, "bad_signature")


async def test_an_old_name_of_a_private_file_leads_on_while_its_address_is_good(library: Served) -> None:
    stored = await library.upload(PDF, "old.pdf", private=True)
    await library.change(stored.id, name="new.pdf")
    answer = await library.get(f"{stored.url}&download")
    assert (answer.status, answer.headers["Cache-Control"]) == (302, "private, max-age=60")
    assert answer.headers["Location"].endswith("&download")
    assert (await library.get(answer.headers["Location"])).body == PDF
    assert await library.code(f"/media/file/{stored.id}/old.pdf") == (403, "not_signed")
    await library.clock.advance(991)
    assert await library.code(answer.headers["Location"]) == (403, "expired"), "no longer than the first one"


@pytest.mark.needs_plugin("audit")
async def test_only_altered_addresses_stand_in_the_trail(library: Served) -> None:
    stored = await library.upload(PDF, "a.pdf", private=True)
    await library.get(f"/media/file/{stored.id}/a.pdf")
    await library.get(f"{stored.url}x")
    found = [row.detail for row in (await library.run("audit.list", outcome="denied")).data]
    assert found == ["bad_signature"], "a page with an old link is no attack"
