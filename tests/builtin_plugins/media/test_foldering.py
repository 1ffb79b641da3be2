"""Folders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import EDITOR, PDF, FakeContent
from tests.builtin_plugins.media.site import Site, site

from newel import Conflict, Forbidden, NotFound, Reject


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site(FakeContent.manifest) as made:
        yield made


async def made(library: Site, path: str) -> list[str]:
    """Ids of folders below each other."""
    ids: list[str] = []
    for name in path.split("/"):
        parent = ids[-1] if ids else None
        ids.append((await library.run("media.create_folder", EDITOR, name=name, parent=parent)).id)
    return ids


async def test_the_tree_is_shown_with_what_is_in_it(library: Site) -> None:
    a, b, c = await made(library, "A/B/C")
    [z] = await made(library, "Z")
    await library.upload(PDF + b"1", "1.pdf", folder=b)
    await library.upload(PDF + b"2", "2.pdf", folder=b)
    tree = await library.run("media.folders", EDITOR)
    assert [(one.path, one.depth, one.files, one.folders) for one in tree] == [
        ("/A", 1, 0, 1), ("/A/B", 2, 2, 1), ("/A/B/C", 3, 0, 0), ("/Z", 1, 0, 0),
    ]  # fmt: skip
    assert [(one.id, one.parent) for one in tree] == [(a, None), (b, a), (c, b), (z, None)]
    assert [one.name for one in await library.run("media.folders", parent="")] == ["A", "Z"]
    assert [(one.name, one.files) for one in await library.run("media.folders", parent=a)] == [("B", 2)]
    with pytest.raises(NotFound):
        await library.run("media.folders", parent="0" * 26)


@pytest.mark.parametrize("twin", ["café", "CAFÉ", "cafe\u0301", "Caf\uff25\u0301", " Café "])
async def test_one_name_stands_once_in_a_place(library: Site, twin: str) -> None:
    [first] = await made(library, "Café")
    with pytest.raises(Conflict) as refused:
        await library.run("media.create_folder", name=twin)
    assert refused.value.reason == "name_taken"
    other = (await library.run("media.create_folder", name=twin, parent=first)).id
    with pytest.raises(Conflict):
        await library.run("media.update_folder", id=other, parent="")
    assert (await library.run("media.update_folder", id=first, name="CAFÉ")).name == "CAFÉ"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "a/b",
        "a\\b",
        "a\x00",
        "a\nb",
        "\u202eabc",
        "con",
        "LPT1.txt",
        "x.",
        "x" * 101,
        "\ufdfa" * 60,
    ],
)
async def test_a_name_that_some_disk_does_not_take_is_refused(library: Site, name: str) -> None:
    with pytest.raises(Reject):
        await library.run("media.create_folder", name=name)
    assert await library.run("media.folders") == ()


async def test_folders_go_ten_levels_deep(library: Site) -> None:
    line = await made(library, "1/2/3/4/5/6/7/8/9/10")
    with pytest.raises(Conflict) as refused:
        await library.run("media.create_folder", name="11", parent=line[-1])
    assert refused.value.reason == "too_deep"
    one, two = await made(library, "a/b")
    with pytest.raises(Conflict):
        await library.run("media.update_folder", id=one, parent=line[8])
    assert (await library.run("media.update_folder", id=one, parent=line[7])).depth == 9
    assert (await library.run("media.folders", parent=one))[0].path == "/1/2/3/4/5/6/7/8/a/b"
    with pytest.raises(Reject):
        await library.run("media.create_folder", name="x", parent="0" * 26)
    assert two


@pytest.mark.needs_plugin("audit")
async def test_a_folder_is_renamed_and_moved_with_what_is_in_it(library: Site) -> None:
    a, b = await made(library, "A/B")
    [z] = await made(library, "Z")
    stored = await library.upload(PDF, "a.pdf", folder=b)
    moved = await library.run("media.update_folder", EDITOR, id=b, parent=z, name="New")
    assert (moved.path, moved.files) == ("/Z/New", 1)
    assert (await library.run("media.get", id=stored.id)).url == stored.url
    assert [one.name for one in (await library.run("media.list", folder=z, below=True)).data] == ["a.pdf"]
    for into in (z, b):
        with pytest.raises(Conflict) as refused:
            await library.run("media.update_folder", id=z, parent=into)
        assert refused.value.reason == "cycle"
    assert (await library.run("media.update_folder", id=b, parent="")).path == "/New"
    [row] = (await library.run("audit.list", operation="media.update_folder", entity_id=b)).data[1:]
    assert (row.before, row.after) == ({"parent": a, "name": "B"}, {"parent": z, "name": "New"})


async def test_two_who_move_at_once_make_no_ring(library: Site) -> None:
    for number in range(5):
        a, b = (await made(library, f"a{number}"))[0], (await made(library, f"b{number}"))[0]
        moves = [
            library.run("media.update_folder", id=a, parent=b), library.run("media.update_folder", id=b, parent=a),
        ]  # fmt: skip
        outcomes = await asyncio.gather(*moves, return_exceptions=True)
        assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Folder"]
    assert len(await library.run("media.folders")) == 10, "all hang on the root"


async def test_two_who_make_the_same_folder_make_one(library: Site) -> None:
    makers = [library.run("media.create_folder", name=name) for name in ("Same", "SAME", "same")]
    outcomes = await asyncio.gather(*makers, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Conflict", "Folder"]


async def test_only_an_empty_folder_goes_at_once(library: Site) -> None:
    a, b = await made(library, "A/B")
    stored = await library.upload(PDF, "a.pdf", folder=b)
    for id, extra in ((a, {"files": 0, "folders": 1}), (b, {"files": 1, "folders": 0})):
        with pytest.raises(Conflict) as refused:
            await library.run("media.delete_folder", id=id)
        assert refused.value.extra == extra
    with pytest.raises(Forbidden):
        await library.run("media.delete_folder", EDITOR, id=b)
    await library.run("media.move", ids=[stored.id], folder="")
    assert (await library.run("media.delete_folder", id=b)).job is None
    await library.run("media.delete_folder", id=a)
    assert await library.run("media.folders") == ()
    with pytest.raises(NotFound):
        await library.run("media.delete_folder", id=a)


@pytest.mark.needs_plugin("jobs")
@pytest.mark.needs_plugin("audit")
async def test_a_folder_is_deleted_with_all_in_it_but_what_is_in_use(library: Site) -> None:
    content: Any = library.app.plugins["pointing"]
    a, b = await made(library, "A/B")
    [other] = await made(library, "Other")
    stays = await library.upload(PDF, "kept.pdf", folder=other)
    used = await library.upload(PDF, "used.pdf", folder=a)
    content.pointing = {used.id: ["E"]}
    for number in range(3):
        await library.upload(PDF + b"%d" % number, f"{number}.pdf", folder=b)
    job = (await library.run("media.delete_folder", id=a, recursive=True)).job
    await library.settle()
    done = await library.run("jobs.get", id=job)
    assert (done.state, done.result) == ("done", {"files": 3, "kept": 1, "folders": 1})
    assert [one.path for one in await library.run("media.folders")] == ["/A", "/Other"]
    await library.run("media.delete_folder", id=a, recursive=True, force=True)
    await library.settle()
    assert [one.path for one in await library.run("media.folders")] == ["/Other"]
    assert [row["id"] for row in await library.rows("assets")] == [stays.id]
    removed = (await library.run("audit.list", operation="media.remove", entity="media")).data
    assert {row.actor for row in removed} == {"admin"}
