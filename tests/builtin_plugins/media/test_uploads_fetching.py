"""Files from addresses elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.uploading import PDF, Door, door

from newel.contracts.egress import Egress, EgressFailed, EgressRefused
from newel.testing.egress import FakeEgress, Page

pytestmark = [
    pytest.mark.engines("sqlite"),  # what was fetched goes the way of every file, which is tried on each
    pytest.mark.needs_plugin("http"),
]

AT = "/api/v1/media/from-url"
URL = "https://files.example/some%20dir/Report%20%C3%BC.pdf?x=1"


@pytest.fixture
async def at(engine: Any) -> AsyncIterator[Door]:
    async with door(FakeEgress.manifest, media={"max_bytes": 2000}) as opened:
        yield opened


def world(at: Door) -> FakeEgress:
    found = at.library.app.need(Egress)
    assert isinstance(found, FakeEgress)
    return found


async def fetch(at: Door, url: str = URL, **said: Any) -> Any:
    return await at.client.post(AT, json={"url": url} | said)


async def test_a_file_is_fetched_and_named_by_its_address(at: Door) -> None:
    world(at).pages[URL] = Page(PDF, headers={"Content-Type": "image/png"})
    answer = await fetch(at, alt={"en": "x"}, tags=["a"])
    assert answer.status == 201
    assert (answer.json()["name"], answer.json()["mime"]) == ("Report ü.pdf", "application/pdf")
    assert (answer.json()["alt"], answer.json()["tags"]) == ({"en": "x"}, ["a"])
    [request] = world(at).requests
    assert request.redirects == 3
    assert [row["source"] for row in await at.library.rows("assets")] == ["url"]


NAMES = {
    "attachment; filename=\"a b.pdf\"": "a b.pdf", "attachment; filename*=UTF-8''%E2%82%AC.pdf": "€.pdf",
    "inline": "Report ü.pdf", "attachment; filename=\"../../etc/passwd\"": "passwd.pdf", "\x00;;=": "Report ü.pdf",
}  # fmt: skip


async def test_it_is_named_by_its_server(at: Door) -> None:
    for header, name in NAMES.items():
        world(at).pages[URL] = Page(PDF, headers={"Content-Disposition": header})
        assert (await fetch(at)).json()["name"] == name


async def test_a_name_that_is_given_counts(at: Door) -> None:
    world(at).pages["https://files.example/"] = Page(PDF)
    assert (await fetch(at, "https://files.example/")).json()["name"] == "file.pdf"
    assert (await fetch(at, "https://files.example/", name="mine.pdf")).json()["name"] == "mine.pdf"


async def test_what_cannot_be_fetched_is_told(at: Door) -> None:
    pages = world(at).pages
    pages["http://10.0.0.1/"] = EgressRefused("the address is not public")
    pages["https://a.example/"] = EgressFailed("it took too long")
    pages["https://b.example/"] = Page(b"no", status=404)
    pages["https://c.example/"] = Page(PDF + b"x" * 2000)
    pages["https://d.example/"] = Page(b"MZ\x90\0" * 9)
    expected = {
        "http://10.0.0.1/": (422, "egress_refused"), "https://a.example/": (503, "egress_failed"),
        "https://b.example/": (422, "not_fetched"), "https://c.example/": (413, "too_large"),
        "https://d.example/": (422, "type_not_allowed"), "ftp://e.example/x": (422, "invalid"),
        "file:///etc/passwd": (422, "invalid"),
    }  # fmt: skip
    for url, (status, code) in expected.items():
        answer = await fetch(at, url)
        assert (answer.status, answer.json()["code"]) == (status, code), url
    assert await at.library.rows("assets") == at.spooled() == []


async def test_without_a_way_out_it_says_so(engine: Any) -> None:
    async with door() as at:
        answer = await fetch(at)
        assert (answer.status, answer.json()["code"]) == (422, "egress_off")


async def test_only_who_may_write_fetches(at: Door) -> None:
    assert (await at.client.signed_in("perm:media.read").post(AT, json={"url": URL})).status == 403
    assert world(at).requests == []


async def test_it_goes_through_every_door(at: Door) -> None:
    world(at).pages[URL] = Page(PDF)
    assert (await at.library.run("media.from_url", url=URL)).mime == "application/pdf"
