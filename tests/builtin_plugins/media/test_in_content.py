"""Files in entries: checked when they are saved, found by who uses them, shown whole to readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.site import PLUGINS, Site, image, site

from newel import Conflict, Reject
from newel.contracts.content import Content, ListQuery
from newel.contracts.database import Database
from newel.transact import transact

FIELDS = [
    {"name": "title", "type": "text"},
    {"name": "cover", "type": "media", "options": {"kinds": ["image"]}},
    {"name": "files", "type": "media", "options": {"many": True}},
]


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site(plugins=[*PLUGINS, "content"]) as made:
        await made.run("types.create", name="post", fields=FIELDS)
        yield made


async def published(library: Site, **data: Any) -> str:
    entry = await library.run("content.create", type="post", data=data)
    await library.run("content.publish", type="post", id=entry.id)
    return str(entry.id)


async def read(library: Site, id: str, *, private: bool = False, locale: str | None = None) -> Any:
    query = ListQuery(type="post", locale=locale)
    return (await library.app.need(Content).get_published("post", id, query, private=private)).data


async def test_readers_get_addresses_and_sources(library: Site) -> None:
    cover = await library.upload(image(500, 500), alt={"en": "A cat", "de": "Eine Katze"})
    await library.media.rendering.bring(cover.id)
    manual = await library.upload(b"%PDF-1.7\n", "manual.pdf")
    id = await published(library, title="Hello", cover=cover.id, files=[manual.id, cover.id])
    data = await read(library, id)
    assert data["cover"]["alt"] == "A cat"
    assert data["cover"]["url"] == f"/media/file/{cover.id}/cat.png"
    assert [one["type"] for one in data["cover"]["sources"]] == ["image/avif", "image/webp", "image/jpeg"]
    assert [one["filename"] for one in data["files"]] == ["manual.pdf", "cat.png"]
    draft = await library.run("content.get", type="post", id=id)
    assert draft.data["cover"] == cover.id


async def test_a_file_that_is_not_there_is_refused_where_it_stands(library: Site) -> None:
    there = await library.upload(image())
    nobody = "0" * 26
    with pytest.raises(Reject) as refused:
        await library.run("content.create", type="post", data={"cover": nobody, "files": [there.id, nobody]})
    assert [one.pointer for one in refused.value.problems] == ["/data/cover", "/data/files/1"]


async def test_a_private_file_is_for_those_who_may(library: Site) -> None:
    secret = await library.upload(image(300, 300), private=True)
    await library.media.rendering.bring(secret.id)
    id = await published(library, cover=secret.id, files=[secret.id])
    data = await read(library, id)
    assert (data["cover"], data["files"]) == (None, [])
    cover = (await read(library, id, private=True))["cover"]
    for address in (cover["url"], cover["sources"][0]["srcset"]):
        assert "signature=" in address


async def test_who_uses_it_is_known(library: Site) -> None:
    used, spare = await library.upload(image(1, 1)), await library.upload(image(2, 2))
    id = await published(library, cover=used.id)
    uses = await library.app.need(Content).uses("media", [used.id, spare.id])
    assert {(one.id, one.entry, one.field, one.stage) for one in uses} == {
        (used.id, id, "cover", "draft"), (used.id, id, "cover", "published"),
    }  # fmt: skip


async def test_what_is_gone_is_left_out(library: Site) -> None:
    gone = await library.upload(image())
    id = await published(library, cover=gone.id, files=[gone.id])
    store = library.media.store
    await transact(library.app.need(Database), lambda tx: store.assets.delete(tx, gone.id))
    data = await read(library, id)
    assert (data["cover"], data["files"]) == (None, [])


async def test_a_field_says_which_kinds_it_takes(library: Site) -> None:
    manual = await library.upload(b"%PDF-1.7\n", "manual.pdf")
    with pytest.raises(Reject) as refused:
        await library.run("content.create", type="post", data={"cover": manual.id})
    assert [(one.pointer, one.code) for one in refused.value.problems] == [("/data/cover", "kind")]


@pytest.mark.parametrize(("data", "pointer", "code"), [
    ({"cover": 7}, "/data/cover", "format"), ({"cover": ["x"]}, "/data/cover", "format"),
    ({"files": "x"}, "/data/files", "type"), ({"files": ["x"]}, "/data/files", "format"),
])  # fmt: skip
async def test_what_is_no_file_is_refused(library: Site, data: Any, pointer: str, code: str) -> None:
    with pytest.raises(Reject) as refused:
        await library.run("content.create", type="post", data=data)
    assert [(one.pointer, one.code) for one in refused.value.problems] == [(pointer, code)]


async def test_what_an_entry_shows_is_not_deleted(library: Site) -> None:
    used, spare = await library.upload(image(1, 1)), await library.upload(image(2, 2))
    id = await published(library, cover=used.id, files=[used.id])
    with pytest.raises(Conflict) as refused:
        await library.run("media.delete", id=used.id)
    assert {use["entry"] for use in refused.value.extra["uses"]} == {id}
    assert len((await library.run("media.uses", id=used.id)).data) == 4
    assert [one.id for one in (await library.run("media.list", unused=True)).data] == [spare.id]
    many = await library.run("media.remove", ids=[used.id, spare.id])
    assert [one.code for one in many.data] == ["in_use", None]
    await library.run("media.delete", id=used.id, force=True)
    assert (await read(library, id))["cover"] is None


async def test_of_who_saves_and_who_deletes_one_sees_the_other(library: Site) -> None:
    for number in range(6):
        stored = await library.upload(image(number + 1, 1))
        deed = library.run("media.delete", id=stored.id)
        save = library.run("content.create", type="post", data={"cover": stored.id})
        first, second = (deed, save) if number % 2 else (save, deed)
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        failed = [one for one in outcomes if isinstance(one, BaseException)]
        assert [type(one) for one in failed] in ([Conflict], [Reject]), outcomes
        uses = await library.app.need(Content).uses("media", [stored.id])
        assert bool(uses) == isinstance(failed[0], Conflict), "nothing points at what is gone"
