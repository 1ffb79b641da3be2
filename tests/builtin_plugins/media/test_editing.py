"""Changing what is said of files, one and many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import EDITOR, PDF
from tests.builtin_plugins.media.site import Site, image, site

from newel import Forbidden, NotFound, PreconditionFailed, Reject
from newel.testing import actor

READER = actor("reader", "media.read")


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site() as made:
        yield made


@pytest.mark.needs_plugin("audit")
async def test_texts_are_changed_and_the_rest_stays(library: Site) -> None:
    stored = await library.upload(PDF, "a.pdf", alt={"en": "Yes", "de": "Ja"}, tags=("x",), title="T", credit="C")
    changed = await library.run(
        "media.update", EDITOR, id=stored.id, alt={"de": None, "fr": "Oui"}, caption="Words", credit=""
    )
    assert changed.alt == {"en": "Yes", "fr": "Oui"}
    assert (changed.title, changed.caption, changed.credit, changed.tags) == ("T", "Words", "", ("x",))
    assert (changed.revision, changed.url) == (2, stored.url)
    assert await library.run("media.get", id=stored.id) == changed
    assert [one.id for one in (await library.run("media.list", q="oui words")).data] == [stored.id]
    assert (await library.run("media.list", q="ja")).data == ()
    [row] = (await library.run("audit.list", operation="media.update")).data
    assert (row.before["texts"]["credit"], row.after["texts"]["credit"]) == ("C", "")


@pytest.mark.needs_plugin("audit")
async def test_what_changes_nothing_leaves_no_trace(library: Site) -> None:
    stored = await library.upload(PDF, "a.pdf", tags=("x",))
    same = await library.run("media.update", id=stored.id, name="a", tags=["x"], title="", private=False)
    assert (same.revision, same.updated_at) == (1, stored.updated_at)
    assert (await library.run("audit.list", operation="media.update")).data[0].after is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("b", "b.pdf"), ("b.pdf", "b.pdf"), ("b.exe", "b.exe.pdf"), ("../../etc/passwd", "passwd.pdf"),
        ("a\u202efdp.exe", "a fdp.exe.pdf"), ("CON", "file CON.pdf"), ("x" * 900, "x" * 200 + ".pdf"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)  # fmt: skip
async def test_a_name_is_cleaned_and_keeps_its_extension(library: Site, given: str, kept: str) -> None:
    stored = await library.upload(PDF, "a.pdf")
    changed = await library.run("media.update", id=stored.id, name=given)
    assert changed.name == kept
    assert changed.url.startswith(f"/media/file/{stored.id}/")


BAD = [
    {"name": " . "}, {"alt": {"not a locale": "x"}}, {"alt": {"en": "x" * 2001}}, {"tags": [" x"]},
    {"tags": ["a\x00b"]}, {"tags": ["\u202ex"]}, {"tags": ["\u0958" * 40]}, {"folder": "0" * 26},
    {"focal": {"x": 1.5, "y": 0}}, {"focal": {"x": 0.5, "y": 0.5}}, {"focal": {"x": "0", "y": 0}},
    {"blob": "originals/x"}, {"title": "x" * 501}, {"tags": [str(n) for n in range(51)]},
    {"alt": {f"a{chr(97 + n // 26)}-{n:02}": "x" for n in range(101)}},
]  # fmt: skip


@pytest.mark.parametrize("order", BAD)
async def test_what_is_wrong_is_refused_and_nothing_changes(library: Site, order: dict[str, Any]) -> None:
    stored = await library.upload(PDF, "a.pdf", alt={"en": "Yes"})
    with pytest.raises(Reject):
        await library.run("media.update", id=stored.id, **order)
    assert (await library.run("media.get", id=stored.id)).revision == 1


async def test_the_second_of_two_who_change_it_is_told_both_versions(library: Site) -> None:
    stored = await library.upload(PDF, "a.pdf", tags=("t",))
    await library.run("media.update", id=stored.id, title="First", revision=1)
    with pytest.raises(PreconditionFailed) as refused:
        await library.run("media.update", id=stored.id, title="Second", revision=1)
    extra = refused.value.extra
    assert (extra["revision"], extra["base"]) == (2, 1)
    assert (extra["current"]["title"], extra["current"]["tags"]) == ("First", ("t",))


@pytest.mark.needs_plugin("jobs")
async def test_another_focal_point_renders_only_what_crops_round_it(library: Site) -> None:
    stored = await library.upload(image(1000, 500))
    await library.settle()
    before = await library.run("media.get", id=stored.id)
    assert (before.status, before.focal.x, before.focal_by_hand) == ("ready", 0.25, False)
    library.images.rendered.clear()
    changed = await library.run("media.update", EDITOR, id=stored.id, focal={"x": 0.8, "y": 0.1})
    assert (changed.status, changed.focal.x, changed.focal_by_hand) == ("pending", 0.8, True)
    await library.settle()
    [batch] = library.images.rendered
    assert {(one.fit, one.width, one.focal.x) for one in batch} == {("cover", 320, 0.8)}
    after = await library.run("media.get", id=stored.id)
    assert (after.status, after.sources) == ("ready", before.sources)
    assert after.presets["thumb"]["src"] != before.presets["thumb"]["src"]
    library.images.rendered.clear()
    back = await library.run("media.update", id=stored.id, focal_by_hand=False)
    assert (back.focal.x, back.focal_by_hand) == (0.25, False)
    await library.settle()
    assert library.images.rendered == [], "what it was before is still there"
    assert (await library.run("media.get", id=stored.id)).presets == before.presets


@pytest.mark.needs_plugin("jobs")
async def test_private_files_have_signed_addresses_and_public_ones_have_not(library: Site) -> None:
    stored = await library.upload(image())
    await library.settle()
    hidden = await library.run("media.update", id=stored.id, private=True)
    assert "signature=" in hidden.url
    assert all("signature=" in one["srcset"] for one in hidden.sources)
    assert await library.media.reader.shown([stored.id]) == {}
    shown = await library.run("media.update", id=stored.id, private=False)
    assert "signature" not in f"{shown.url}{shown.sources}"


async def test_rights_are_needed(library: Site) -> None:
    stored = await library.upload(PDF, "a.pdf")
    for verb, order in (
        ("media.update", {"id": stored.id, "title": "x"}), ("media.move", {"ids": [stored.id], "folder": ""}),
        ("media.tag", {"ids": [stored.id], "add": ["x"]}), ("media.create_folder", {"name": "x"}),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await library.run(verb, READER, **order)
    with pytest.raises(NotFound):
        await library.run("media.update", id="0" * 26, title="x")


@pytest.mark.needs_plugin("audit")
async def test_many_are_moved_and_each_is_told_of(library: Site) -> None:
    folder = (await library.run("media.create_folder", name="Trips")).id
    stored = [await library.upload(PDF + b"%d" % number, f"{number}.pdf") for number in range(3)]
    ids = [stored[2].id, "0" * 26, stored[0].id, stored[2].id]
    many = await library.run("media.move", EDITOR, ids=ids, folder=folder)
    assert [(one.id, one.done, one.code) for one in many.data] == [
        (stored[2].id, True, None), ("0" * 26, False, "not_found"), (stored[0].id, True, None),
    ]  # fmt: skip
    assert many.done == 2
    assert [one.name for one in (await library.run("media.list", folder=folder)).data] == ["2.pdf", "0.pdf"]
    assert len((await library.run("audit.list", operation="media.move", entity="media")).data) == 2
    await library.run("media.move", ids=ids[:1], folder="")
    assert (await library.run("media.get", id=ids[0])).folder is None
    with pytest.raises(Reject):
        await library.run("media.move", ids=ids, folder="0" * 26)
    with pytest.raises(Reject):
        await library.run("media.move", ids=[], folder="")
    with pytest.raises(Reject):
        await library.run("media.move", ids=[stored[0].id] * 101, folder="")


async def test_many_are_tagged_and_what_has_too_many_says_so(library: Site) -> None:
    full = await library.upload(PDF + b"1", "full.pdf", tags=tuple(f"t{number:02}" for number in range(50)))
    free = await library.upload(PDF + b"2", "free.pdf", tags=("old", "both"))
    many = await library.run(
        "media.tag", EDITOR, ids=[full.id, free.id], add=["Caf\u00e9", "Cafe\u0301"], remove=["old"]
    )
    assert [(one.done, one.code) for one in many.data] == [(False, "too_many_tags"), (True, None)]
    assert (await library.run("media.get", id=free.id)).tags == ("Café", "both")
    assert [one.name for one in (await library.run("media.list", q="café", tag="Cafe\u0301")).data] == ["free.pdf"]
    tags = (await library.run("media.tags", EDITOR)).data
    assert [(one.tag, one.files) for one in tags][:2] == [("Café", 1), ("both", 1)]
    for order in ({}, {"add": ["a"], "remove": ["a"]}):  # type: dict[str, Any]
        with pytest.raises(Reject):
            await library.run("media.tag", ids=[free.id], **order)


@pytest.mark.needs_plugin("audit")
async def test_changes_of_files_and_folders_are_undone(library: Site) -> None:
    async def undo() -> None:
        await library.run("audit.undo", request_id=(await library.run("audit.list", limit=1)).data[0].request_id)

    first = await library.upload(image(), "a.png", alt={"en": "Yes"}, tags=("x",), title="T")
    second = await library.upload(PDF, "b.pdf")
    await library.run(
        "media.update", id=first.id, name="c", alt={"en": None, "de": "Ja"}, title="", caption="C", tags=["y"],
        private=True, focal={"x": 0.5, "y": 0.5},
    )  # fmt: skip
    await undo()
    now = await library.run("media.get", id=first.id)
    assert (now.name, now.alt, now.title, now.caption) == ("a.png", {"en": "Yes"}, "T", "")
    assert (now.tags, now.private, now.focal_by_hand) == (("x",), False, first.focal_by_hand)

    folder = await library.run("media.create_folder", name="one")
    await library.run("media.move", ids=[first.id, second.id], folder=folder.id)
    await undo()
    assert [(await library.run("media.get", id=one.id)).folder for one in (first, second)] == [first.folder] * 2
    await library.run("media.tag", ids=[first.id], add=["z"], remove=["x"])
    await undo()
    assert (await library.run("media.get", id=first.id)).tags == ("x",)
    await library.run("media.update_folder", id=folder.id, name="two")
    await undo()
    assert [one.name for one in await library.run("media.folders")] == ["one"]
    await library.run("media.delete_folder", id=folder.id)
    await undo()
    assert [one.name for one in await library.run("media.folders")] == ["one"]
    await undo()
    assert await library.run("media.folders") == ()
