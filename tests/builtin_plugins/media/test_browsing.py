"""Finding files in the library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import EDITOR, PDF, FakeContent
from tests.builtin_plugins.media.site import Site, image, site

from newel import Forbidden, Malformed, NotFound, Reject
from newel.operations import Operation
from newel.testing import FakeClock, actor

STRANGER = actor("stranger")


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site() as made:
        yield made


async def names(library: Site, **order: Any) -> list[str]:
    return [one.name for one in (await library.run("media.list", EDITOR, **order)).data]


@pytest.mark.needs_plugin("jobs")
async def test_a_list_is_filtered_by_all_that_is_known(engine: Any) -> None:
    clock = FakeClock()
    async with site(clock=clock) as library:
        folder = (await library.run("media.create_folder", name="Trips")).id
        inner = (await library.run("media.create_folder", name="Oslo", parent=folder)).id
        await library.upload(image(10, 10), "a.png", EDITOR, folder=folder, tags=("sea", "sun"))
        await clock.jump(3600)
        noon = clock.now()
        await library.upload(image(20, 20), "b.png", folder=inner, tags=("sea",), private=True)
        await library.upload(PDF, "c.pdf")
        await library.settle()
        assert await names(library) == ["c.pdf", "b.png", "a.png"]
        assert await names(library, folder=folder) == ["a.png"]
        assert await names(library, folder=folder, below=True) == ["b.png", "a.png"]
        assert await names(library, folder=inner, below=True) == ["b.png"]
        assert await names(library, folder="") == ["c.pdf"]
        assert await names(library, folder="", below=True) == ["c.pdf", "b.png", "a.png"]
        assert await names(library, kind="image", folder=folder) == ["a.png"]
        assert await names(library, mime="application/pdf") == await names(library, mime="application/*") == ["c.pdf"]
        assert await names(library, tag="sea") == ["b.png", "a.png"]
        assert await names(library, tag="sea", author="editor") == ["a.png"]
        assert await names(library, private=True) == ["b.png"]
        assert await names(library, status="none") == ["c.pdf"]
        assert await names(library, status="ready", private=False) == ["a.png"]
        assert await names(library, until=noon) == ["a.png"]
        assert await names(library, since=noon, kind="document") == ["c.pdf"]


async def test_all_words_of_a_search_occur_and_nothing_in_them_is_a_pattern(library: Site) -> None:
    await library.upload(PDF + b"1", "Straße 100%.pdf", alt={"de": "Ein roter ÄPFEL_baum"}, tags=("Herbst",))
    await library.upload(PDF + b"2", "100 Strassen.pdf", title="Äpfel", caption="Für immer")
    assert await names(library, q="strasse") == ["100 Strassen.pdf", "Straße 100%.pdf"]
    assert await names(library, q="A\u0308PFEL") == ["100 Strassen.pdf", "Straße 100%.pdf"]
    assert await names(library, q="äpfel herbst") == ["Straße 100%.pdf"]
    assert await names(library, q="100%") == ["Straße 100%.pdf"]
    assert await names(library, q="l_b") == ["Straße 100%.pdf"]
    for nothing in ("a_fel", "%x", "!", "\\", "' OR 1=1 --", "herbst winter"):
        assert await names(library, q=nothing) == [], nothing
    with pytest.raises(Malformed):
        await names(library, q="a b c d e f g h i")


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", "e d c b a"), ("oldest", "a b c d e"), ("name", "a b c d e"), ("-name", "e d c b a"),
        ("size", "a b c d e"), ("-size", "e d c b a"),
    ],
)  # fmt: skip
async def test_pages_join_into_the_whole_list(library: Site, sort: str, expected: str) -> None:
    for number, name in enumerate("abcde"):
        await library.upload(PDF + b"x" * (number // 2), f"{name}.pdf")
    found, cursor = [], None
    for _ in range(3):
        page = await library.run("media.list", EDITOR, sort=sort, limit=2, cursor=cursor, count="exact")
        assert page.total == 5
        found += [one.name[0] for one in page.data]
        cursor = page.next
    assert (" ".join(found), cursor) == (expected, None)


async def test_a_cursor_is_good_for_its_own_list_only(library: Site) -> None:
    await library.upload(PDF + b"1", "a.pdf")
    await library.upload(PDF + b"2", "b.pdf")
    cursor = (await library.run("media.list", limit=1)).next
    for order in (
        {"sort": "oldest", "cursor": cursor}, {"kind": "image", "cursor": cursor}, {"cursor": cursor[:-2]},
        {"cursor": "é"}, {"cursor": "AAAA"}, {"cursor": ""},
    ):  # fmt: skip
        with pytest.raises(Malformed):
            await library.run("media.list", **order)


@pytest.mark.parametrize(
    "order",
    [
        {"limit": 101},
        {"limit": 0},
        {"sort": "phash"},
        {"kind": "virus"},
        {"mime": "%/%"},
        {"blob": "x"},
        {"q": "x" * 201},
    ],
)
async def test_what_cannot_be_asked_is_refused(library: Site, order: dict[str, Any]) -> None:
    with pytest.raises(Reject):
        await library.run("media.list", **order)


async def test_a_page_costs_two_statements_however_long_it_is(
    library: Site, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for number in range(12):
        await library.upload(PDF + b"%d" % number, f"{number}.pdf", tags=("t", f"t{number}"))
    db, asked = library.media.store.db, []
    whole = db.fetch_all

    async def counted(statement: str, values: Any = None) -> Any:
        asked.append(statement)
        return await whole(statement, values)

    monkeypatch.setattr(db, "fetch_all", counted)
    page = await library.run("media.list")
    assert [one.tags for one in page.data] == [("t", f"t{number}") for number in reversed(range(12))]
    assert len(asked) == 2


async def test_what_nothing_points_at_is_found(engine: Any) -> None:
    async with site(FakeContent.manifest) as library:
        content: Any = library.app.plugins["pointing"]
        stored = [await library.upload(PDF + b"%d" % number, f"{number}.pdf") for number in range(6)]
        content.pointing = {stored[0].id: ["A"] * 1500, stored[2].id: ["B"], stored[5].id: ["C"]}
        first = await library.run("media.list", unused=True, limit=2, sort="oldest")
        second = await library.run("media.list", unused=True, limit=2, sort="oldest", cursor=first.next)
        assert [[one.name for one in page.data] for page in (first, second)] == [["1.pdf", "3.pdf"], ["4.pdf"]]
        assert second.next is None
        assert len(await names(library)) == 6
        with pytest.raises(Malformed):
            await library.run("media.list", unused=True, count="exact")


async def test_one_asset_is_shown(library: Site) -> None:
    stored = await library.upload(image(), "a.png", tags=("b", "a"), private=True)
    shown = await library.run("media.get", EDITOR, id=stored.id)
    assert (shown.name, shown.tags, shown.revision) == ("a.png", ("a", "b"), 1)
    assert "signature=" in shown.url
    with pytest.raises(NotFound):
        await library.run("media.get", id="0" * 26)


async def test_images_that_look_the_same_are_listed(library: Site) -> None:
    one = await library.upload(image(100, 100, phash="ff00ff00ff00ff00"), "one.png")
    await library.upload(image(101, 100, phash="ff00ff00ff00ff3f"), "far.png")
    await library.upload(image(102, 100, phash="ff00ff00ff00ff01"), "near.png")
    await library.upload(image(103, 100, phash="00ff00ff00ff00ff"), "other.png")
    pdf = await library.upload(PDF, "a.pdf")
    similar = await library.run("media.similar", EDITOR, id=one.id)
    assert [found.name for found in similar.data] == ["near.png", "far.png"]
    assert len((await library.run("media.similar", id=one.id, limit=1)).data) == 1
    assert (await library.run("media.similar", id=pdf.id)).data == ()


@pytest.mark.needs_plugin("audit")
async def test_a_signed_address_expires(engine: Any) -> None:
    clock = FakeClock()
    async with site(clock=clock) as library:
        stored = await library.upload(PDF, "a.pdf", private=True)
        signed = await library.run("media.sign", id=stored.id, seconds=60)
        path, _, asked = signed.url.partition("?")
        given = dict(part.split("=") for part in asked.split("&"))
        addresses = library.media.view.addresses
        addresses.check(path, given["expires"], given["signature"], clock.now())
        with pytest.raises(Forbidden):
            addresses.check(path, given["expires"], given["signature"], clock.now() + timedelta(seconds=61))
        with pytest.raises(Forbidden):
            addresses.check(path + "x", given["expires"], given["signature"], clock.now())
        with pytest.raises(Reject):
            await library.run("media.sign", id=stored.id, seconds=604_801)
        with pytest.raises(Forbidden):
            await library.run("media.sign", EDITOR, id=stored.id)
        [row] = (await library.run("audit.list", operation="media.sign", outcome="done")).data
        assert row.actor == "admin"


async def test_whoever_may_not_see_the_library_sees_nothing(library: Site) -> None:
    secret = await library.upload(PDF, "secret plan.pdf", private=True)
    with_right = actor("reader", "media.read")
    reads = [one for one in library.app.operations if one.name.startswith("media.") and one.effect == "read"]
    assert len(reads) >= 5
    for one in reads:
        with pytest.raises(Forbidden) as refused:
            await library.run(one.name, STRANGER, **_order(one, secret.id))
        assert "secret" not in f"{refused.value.detail} {refused.value.extra}"
    assert (await library.run("media.get", with_right, id=secret.id)).name == "secret plan.pdf"
    assert await library.media.reader.shown([secret.id]) == {}
    assert list(await library.media.reader.shown([secret.id], private=True)) == [secret.id]


def _order(one: Operation, id: str) -> dict[str, Any]:
    return {"id": id} if "{id}" in one.path else {}
