"""Deleting files, and who would miss them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import EDITOR, PDF, FakeContent
from tests.builtin_plugins.media.site import Site, image, site

from newel import Conflict, Forbidden, Manifest, NotFound, hookimpl
from newel.contracts.media import AssetEvent

HERE = __name__


class Told:
    """Hears of what is deleted."""

    manifest = Manifest(name="told", summary="Of a test.", load=f"{HERE}:Told")

    def __init__(self, app: Any) -> None:
        self.gone: list[str] = []

    @hookimpl
    def media_after_delete(self, event: AssetEvent) -> None:
        self.gone.append(event.name)


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site(FakeContent.manifest, Told.manifest) as made:
        yield made


@pytest.mark.needs_plugin("jobs")
@pytest.mark.needs_plugin("audit")
async def test_a_file_goes_with_all_that_is_of_it(library: Site) -> None:
    stored = await library.upload(image(phash="ff00ff00ff00ff00"), "a.png", tags=("x",))
    await library.settle()
    with pytest.raises(Forbidden):
        await library.run("media.delete", EDITOR, id=stored.id)
    await library.run("media.delete", id=stored.id)
    assert await library.rows("assets") == await library.rows("tags") == await library.rows("looks") == []
    with pytest.raises(NotFound):
        await library.run("media.delete", id=stored.id)
    await library.app.settle()
    assert library.app.plugins["told"].gone == ["a.png"]
    [row] = (await library.run("audit.list", operation="media.delete", entity="media")).data
    assert (row.before["name"], row.after) == ("a.png", None)


@pytest.mark.needs_plugin("jobs")
async def test_bytes_that_another_file_has_stay(library: Site) -> None:
    first, second = await library.upload(PDF, "a.pdf"), await library.upload(PDF, "b.pdf")
    await library.run("media.delete", id=first.id)
    await library.run("jobs.enqueue", kind="media.sweep")
    await library.settle()
    assert len(await library.keys()) == 1
    assert (await library.run("media.get", id=second.id)).name == "b.pdf"


async def test_what_content_points_at_stays(library: Site) -> None:
    content: Any = library.app.plugins["pointing"]
    stored = await library.upload(PDF, "a.pdf")
    content.pointing = {stored.id: ["E1", "E2"]}
    with pytest.raises(Conflict) as refused:
        await library.run("media.delete", id=stored.id)
    assert refused.value.reason == "in_use"
    assert [use["entry"] for use in refused.value.extra["uses"]] == ["E1", "E2"]
    assert content.asked[-1] is not None, "a deletion does not wait for a second connection"
    uses = await library.run("media.uses", EDITOR, id=stored.id, limit=1)
    assert ([use.entry for use in uses.data], uses.more) == (["E1"], True)
    assert not (await library.run("media.uses", id=stored.id)).more
    await library.run("media.delete", id=stored.id, force=True)
    with pytest.raises(NotFound):
        await library.run("media.uses", id=stored.id)


async def test_of_many_those_in_use_stay(library: Site) -> None:
    content: Any = library.app.plugins["pointing"]
    stored = [await library.upload(PDF + b"%d" % number, f"{number}.pdf") for number in range(3)]
    content.pointing = {stored[0].id: ["E"] * 1200, stored[1].id: ["E"]}
    ids = [one.id for one in stored]
    many = await library.run("media.remove", ids=[*ids, "0" * 26])
    assert [one.code for one in many.data] == ["in_use", "in_use", None, "not_found"]
    assert (many.done, len(await library.rows("assets"))) == (1, 2)
    assert (await library.run("media.remove", ids=ids, force=True)).done == 2
    await library.app.settle()
    assert sorted(library.app.plugins["told"].gone) == ["0.pdf", "1.pdf", "2.pdf"]
