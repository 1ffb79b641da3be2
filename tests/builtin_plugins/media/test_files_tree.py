"""The library as a tree of files: one name once in a folder, pages, and the rights of its operations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import insert
from tests.builtin_plugins.media.pointing import FakeContent
from tests.builtin_plugins.media.served import Served, served
from tests.builtin_plugins.media.site import Site, image, site

from newel import Conflict, Forbidden, NotFound, Reject
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.contracts.files import FileTree, Node, Path
from newel.hooks.files import register_file_trees
from newel.testing import actor
from newel_media.tables import assets

VIEWER = actor("viewer", "media.read")


@pytest.fixture
async def at(engine: Any) -> AsyncIterator[Site]:
    async with site() as opened:
        yield opened


def tree(at: Site) -> FileTree:
    [(_, found)] = at.app.collected(register_file_trees)
    return found


async def nodes(at: Site, *path: str) -> list[Node]:
    return [node async for page in tree(at).list(at.call(), path) for node in page]


async def names(at: Site, *path: str) -> list[str]:
    return [node.name for node in await nodes(at, *path)]


async def put(at: Site, data: bytes, *path: str) -> str:
    writing = await tree(at).create(at.call(), path)
    await writing.write(0, data)
    return await writing.finish(at.call())


async def got(at: Site, *path: str) -> bytes:
    reading = await tree(at).open(at.call(), path)
    data = await reading.read(0, 1 << 20)
    await reading.close()
    return data


async def test_assets_with_one_name_in_one_folder_are_all_there_under_names_of_their_own(at: Site) -> None:
    """The oldest keeps its name; a name that looks like one of those of others gets its id as well."""
    first, second = await at.upload(image(10, 10)), await at.upload(image(20, 20))
    made = f"cat ({second.id}).png"
    third = await at.upload(image(30, 30), made)
    await at.run("media.create_folder", name="dog.png")
    fourth = await at.upload(image(40, 40), "dog.png")
    third_name = f"cat ({second.id}) ({third.id}).png"
    assert set(await names(at)) == {"dog.png", "cat.png", made, third_name, f"dog ({fourth.id}).png"}
    assert len(await names(at)) == 5
    for name, width in (("cat.png", 10), (made, 20), (third_name, 30)):
        assert await got(at, name) == image(width, width)
    assert (await tree(at).stat(at.call(), ("dog.png",))).folder
    assert await got(at, f"dog ({fourth.id}).png") == image(40, 40)
    assert await put(at, image(50, 50), made) == "cat.png"
    assert (await at.run("media.get", id=second.id)).width == 50
    assert (await at.run("media.get", id=first.id)).width == 10


async def test_a_name_means_the_same_however_its_accents_are_sent(at: Site) -> None:
    await tree(at).make_folder(at.call(), ("cafe\u0301",))
    assert await put(at, b"words", "cafe\u0301", "cre\u0300me.txt") == "cr\u00e8me.txt"
    assert await got(at, "caf\u00e9", "cr\u00e8me.txt") == await got(at, "cafe\u0301", "cre\u0300me.txt") == b"words"


async def test_the_same_once_more_changes_nothing_and_other_bytes_replace(at: Site) -> None:
    for data, revision in ((b"one", 1), (b"one", 1), (b"two", 2)):
        await put(at, data, "a.txt")
        assert [(row["name"], row["revision"]) for row in await at.rows("assets")] == [("a.txt", revision)]
    assert all(row["state"] == "done" for row in await at.rows("uploads"))


async def test_other_bytes_of_another_type_change_the_end_of_the_name(at: Site) -> None:
    stored = await at.upload(b"words", "a.txt")
    assert await put(at, image(), "a.txt") == "a.png"
    assert (await at.run("media.get", id=stored.id)).name == "a.png"


async def test_a_file_is_there_though_its_bytes_are_elsewhere_already(engine: Any) -> None:
    """Also where uploads elsewhere answer the asset that has them (``duplicates = "reuse"``)."""
    async with site(config={"media": {"duplicates": "reuse"}}) as at:
        await put(at, b"words", "a.txt")
        await put(at, b"words", "b.txt")
        assert await names(at) == ["a.txt", "b.txt"]


async def test_ten_thousand_files_are_listed_in_pages_without_a_statement_for_each(engine: Any) -> None:
    async with served() as at:
        await at.upload(b"words", "a.txt")
        [row] = await at.rows("assets")
        await _copies(at, row, 10_000)
        with at.counted() as statements:
            sizes = [len(page) async for page in tree(at).list(at.call(), ())]
        assert sum(sizes) == 10_001
        assert max(sizes) <= 500
        assert len(statements) < 25


async def _copies(at: Served, row: dict[str, Any], count: int) -> None:
    db = at.app.need(Database)
    rows = [row | {"id": f"{number:026}", "name": f"n {number:05}.txt"} for number in range(count)]
    async with db.transaction() as tx:
        await tx.execute_many(db.render(insert(assets)), rows)


async def test_an_original_is_read_by_ranges_in_one_go(at: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is asked once as long as the offsets follow each other."""
    text = bytes(range(256)) * 1000
    await put(at, text.hex().encode(), "a.txt")
    asked: list[int] = []
    kind = type(at.app.need(Blobs))
    real = kind.get

    def get(self: Any, key: str, *, start: int = 0, end: int | None = None) -> Any:
        asked.append(start)
        return real(self, key, start=start, end=end)

    monkeypatch.setattr(kind, "get", get)
    reading = await tree(at).open(at.call(), ("a.txt",))
    whole = b""
    while piece := await reading.read(len(whole), 7000):
        whole += piece
    assert whole.decode() == text.hex()
    assert await reading.read(100, 10) == whole[100:110]
    await reading.close()
    assert asked == [0, 100]


async def test_what_is_there_stays_when_something_is_renamed(at: Site) -> None:
    await put(at, b"one", "a.txt")
    await put(at, b"two", "b.txt")
    await tree(at).make_folder(at.call(), ("f",))
    for old, new in (("a.txt", "b.txt"), ("a.txt", "f"), ("f", "b.txt")):
        with pytest.raises(Conflict, match="already"):
            await tree(at).rename(at.call(), (old,), (new,))
    await tree(at).rename(at.call(), ("f",), ("F",))
    with pytest.raises(Reject, match=r"would call this 'c\.txt'"):
        await tree(at).rename(at.call(), ("a.txt",), ("c.png",))
    with pytest.raises(Conflict, match="is a folder"):
        await tree(at).create(at.call(), ("F",))
    await tree(at).rename(at.call(), ("a.txt",), ("F", "c.txt"))
    assert await names(at, "F") == ["c.txt"]


async def test_what_content_points_at_is_not_deleted_and_it_says_where(engine: Any) -> None:
    async with site(FakeContent.manifest) as at:
        stored = await at.upload(image())
        pointing: Any = at.app.plugins["pointing"]
        pointing.pointing[stored.id] = ["e1"]
        with pytest.raises(Conflict, match="content points at this file: post e1 in 'cover'"):
            await tree(at).remove(at.call(), ("cat.png",))
        assert await names(at) == ["cat.png"]


@pytest.mark.parametrize("path", [("x", "a.txt"), ("a.txt", "b.txt"), ("",)])
async def test_what_is_not_there_is_not_found(at: Site, path: Path) -> None:
    await put(at, b"words", "a.txt")
    for asked in (tree(at).stat(at.call(), path), tree(at).open(at.call(), path), tree(at).remove(at.call(), path)):
        with pytest.raises(NotFound):
            await asked


@pytest.mark.needs_plugin("audit")
async def test_a_viewer_may_do_what_a_viewer_may_do_by_operations(at: Site) -> None:
    await put(at, b"words", "a.txt")
    call, here = at.call(VIEWER), tree(at)
    assert not (await here.stat(call, ("a.txt",))).writable
    tried: Sequence[Any] = (
        here.create(call, ("b.txt",)), here.make_folder(call, ("f",)), here.remove(call, ("a.txt",)),
        here.rename(call, ("a.txt",), ("b.txt",)),
    )  # fmt: skip
    for asked in tried:
        with pytest.raises(Forbidden):
            await asked
    nobody = at.call(actor("nobody"))
    for asked in (here.stat(nobody, ()), here.open(nobody, ("a.txt",)), anext(here.list(nobody, ()))):
        with pytest.raises(Forbidden):
            await asked
    denied = await at.app.need(Database).fetch_all("SELECT operation FROM audit_log WHERE outcome = 'denied'")
    assert len(denied) == 7
