"""Content out of one site and into another: everything comes along, once, and what is wrong is told by its line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field

from newel import Conflict, Forbidden, NotFound
from newel.app import App
from newel.commands.console import Console
from newel.commands.performing import perform
from newel.context import Actor
from newel.contracts.files import FileTree
from newel.hooks.files import register_file_trees
from newel.testing import actor

pytestmark = pytest.mark.may_block  # click looks for its words in a file
ADMIN = actor("admin", everything=True)
VIEWER = actor("viewer", "content.read", "content.types.read")


class Line(Console):
    """The ends of a line, in memory."""

    far = True

    def __init__(self, app: App, who: Actor, stdin: bytes) -> None:
        super().__init__(app, app.call(who, "ssh"))
        self.given = stdin
        self.said = self.told = ""

    async def out(self, text: str) -> None:
        self.said += text

    async def err(self, text: str) -> None:
        self.told += text

    async def stdin(self) -> AsyncIterator[bytes]:
        for first in range(0, len(self.given), 1000):
            yield self.given[first : first + 1000]


async def command(site: Site, *words: str, stdin: bytes = b"", who: Actor = ADMIN) -> tuple[int, str, str]:
    console = Line(site.app, who, stdin)
    return await perform(words, console), console.said, console.told


async def exported(site: Site, *types: str) -> bytes:
    code, said, told = await command(site, "content", "export", *types)
    assert (code, told) == (0, "")
    return said.encode()


def changed(file: bytes, number: int, **fields: Any) -> bytes:
    """With other values in a line, from 1."""
    lines = file.splitlines()
    lines[number - 1] = json.dumps(json.loads(lines[number - 1]) | fields).encode()
    return b"\n".join(lines)


def trees(site: Site) -> dict[str, FileTree]:
    return {tree.name: tree for _, tree in site.app.collected(register_file_trees)}


@pytest.fixture
async def source(site: Site) -> Site:
    """Pages below pages, posts in two languages that point at each other in a ring, blocks, and one published."""
    await site.type("quote", field("words"), kind="block")
    await site.type("page", TITLE, SLUG, kind="page")
    await site.type(
        "post", TITLE, SLUG, field("stars", "integer"), field("next", "reference", options={"targets": ["post"]}),
        field("parts", "blocks", options={"types": ["quote"]}),
    )  # fmt: skip
    top = await site.create("page", title="Top")
    below = await site.create("page", title="Below", parent=top.id)
    await site.on("move", top, top=True)
    first = await site.create("post", locale="*", title={"en": "One", "de": "Eins"}, stars=3,
                              parts=[{"type": "quote", "data": {"words": "said"}}])  # fmt: skip
    second = await site.create("post", title="Two", next=first.id)
    await site.update(first, next=second.id)
    await site.on("publish", second)
    await site.on("publish", first, locale="en")
    assert below.parent == top.id
    return site


async def test_what_is_exported_and_imported_elsewhere_is_exported_the_same(
    source: Site, open_site: Callable[..., Any]
) -> None:
    data = await exported(source)
    head, *entries = [json.loads(line) for line in data.splitlines()]
    assert (head["format"], head["version"]) == ("newel-content", 1)
    assert [one["name"] for one in head["types"]] == ["quote", "page", "post"]
    assert len(entries) == 4
    other = await open_site()
    code, said, told = await command(other, "content", "import", "--publish", stdin=data)
    assert (code, said) == (0, "4 created, 0 updated, 0 unchanged, 2 published, 0 failed\n"), told
    assert "the type 'post' was made" in told
    assert (await exported(other)).splitlines()[1:] == data.splitlines()[1:]


async def test_the_same_import_once_more_changes_nothing(source: Site) -> None:
    data = await exported(source)
    before = await source.rows("select id, revision, updated_at from content_entries order by id")
    code, said, _ = await command(source, "content", "import", "--publish", stdin=data)
    assert (code, said) == (0, "0 created, 0 updated, 4 unchanged, 0 failed\n")
    assert await source.rows("select id, revision, updated_at from content_entries order by id") == before


async def test_a_dry_run_says_what_would_be_and_changes_nothing(source: Site, open_site: Callable[..., Any]) -> None:
    data = await exported(source)
    other = await open_site()
    code, said, told = await command(other, "content", "import", "--dry-run", stdin=data)
    assert code == 3  # there are no such types yet
    assert "the type 'post' would be made" in told
    assert (await other.run("types.list")).data == ()
    here = changed(data, 4, data={"title": {"en": "Uno"}})
    code, said, _ = await command(source, "content", "import", "--dry-run", stdin=here)
    assert (code, said) == (0, "0 would be created, 1 would be updated, 3 would be unchanged, 0 would be failed\n")
    assert await exported(source) == data


async def test_what_is_wrong_is_told_by_its_line_and_the_others_are_taken(source: Site) -> None:
    data = await exported(source)
    new = {"type": "post", "id": "01J9ZC3Y5N8K2Q7W4R6T0V1X3B", "data": {"title": {"en": "New"}}}
    bad = [
        b"no json", b"[]", json.dumps(new | {"more": 1}).encode(), json.dumps(new | {"id": "1"}).encode(),
        json.dumps(new | {"data": {"stars": "many", "title": {"xx": "?"}}}).encode(),
        json.dumps(new | {"data": {"next": "01J9ZC3Y5N8K2Q7W4R6T0V1XZZ"}}).encode(),
        json.dumps(new | {"type": "nothing"}).encode(),
    ]  # fmt: skip
    good = json.dumps(new | {"id": "01J9ZC3Y5N8K2Q7W4R6T0V1X3C"}).encode()
    stdin = b"\n".join([data.splitlines()[0], b"", *bad, good])
    code, said, told = await command(source, "content", "import", stdin=stdin)
    assert (code, said) == (3, "1 created, 0 updated, 0 unchanged, 7 failed\n")
    assert sorted({int(line.split(":")[0].split()[1]) for line in told.splitlines()}) == [3, 4, 5, 6, 7, 8, 9]
    assert "line 7: /data/title/xx there is no locale 'xx'; /data/stars" in told or "/data/title/xx" in told
    code, said, _ = await command(
        source, "content", "import", "--json", stdin=b"\n".join([data.splitlines()[0], bad[0]])
    )
    assert json.loads(said)["lines"][0]["line"] == 2
    assert code == 3


@pytest.mark.parametrize("first", [b"", b"{}", b'{"format":"newel-content","version":2}', b"words", b'{"format":1}',
                                   b'{"format":"newel-content","version":1,"types":[1]}'])  # fmt: skip
async def test_what_is_no_export_is_refused(site: Site, first: bytes) -> None:
    code, said, told = await command(site, "content", "import", stdin=first)
    assert (code, said) == (2, "")
    assert told.startswith("newel: ")


async def test_parts_are_exported_and_imported(source: Site, open_site: Callable[..., Any]) -> None:
    data = await exported(source, "page")
    assert {json.loads(line)["type"] for line in data.splitlines()[1:]} == {"page"}
    assert (await command(source, "content", "export", "quote"))[0] == 5
    other = await open_site()
    code, said, _ = await command(other, "content", "import", "--type", "page", stdin=await exported(source))
    assert (code, said) == (0, "2 created, 0 updated, 0 unchanged, 0 failed\n")
    assert {one.name for one in (await other.run("types.list")).data} == {"page", "quote"}


async def test_a_line_that_is_too_long_costs_itself_only(source: Site) -> None:
    data = await exported(source)
    most = 4 * source.app.plugins["content"].config.max_document_bytes  # type: ignore[attr-defined]  # a plugin
    long = b'{"a":"' + b"x" * most + b'"}'
    head, one, *_ = data.splitlines()
    code, said, told = await command(source, "content", "import", stdin=b"\n".join([head, long, one]))
    assert (code, said) == (3, "0 created, 0 updated, 1 unchanged, 1 failed\n")
    assert "line 2: a line has" in told


async def test_who_may_not_write_imports_nothing_and_who_reads_no_drafts_exports_none(source: Site) -> None:
    data = await exported(source)
    assert (await command(source, "content", "import", stdin=data, who=VIEWER))[0] == 6
    assert (await command(source, "content", "export", who=VIEWER))[0] == 6
    call = source.app.call(VIEWER, "ssh")
    for asked in (
        trees(source)["export"].open(call, ("post.ndjson",)),
        trees(source)["import"].create(call, ("a.ndjson",)),
    ):
        with pytest.raises(Forbidden):
            await asked


async def test_the_tree_export_has_a_file_for_each_type_whose_size_nobody_knows(source: Site) -> None:
    call, tree = source.app.call(ADMIN, "ssh"), trees(source)["export"]
    [nodes] = [page async for page in tree.list(call, ())]
    assert [(node.name, node.size) for node in nodes] == [("page.ndjson", None), ("post.ndjson", None)]
    reading = await tree.open(call, ("post.ndjson",))
    data = b""
    while piece := await reading.read(len(data), 100):
        assert len(piece) == 100 or not await reading.read(len(data) + len(piece), 100)
        data += piece
    assert data == await exported(source, "post")
    assert await reading.read(1 << 20, 100) == b""
    with pytest.raises(NotFound):
        await tree.open(call, ("quote.ndjson",))
    with pytest.raises(Forbidden):
        await tree.create(call, ("post.ndjson",))


async def test_what_is_put_into_the_tree_import_is_imported_and_reported(source: Site) -> None:
    call, tree, data = source.app.call(ADMIN, "ssh"), trees(source)["import"], await exported(source)
    bad = data + b"no json\n"
    writing = await tree.create(call, ("all.ndjson",))
    for first in range(0, len(bad), 500):
        await writing.write(first, bad[first : first + 500])
    with pytest.raises(Conflict, match="4 unchanged, 1 failed; line 6: this is no JSON"):
        await writing.finish(call)
    await writing.abort()
    [nodes] = [page async for page in tree.list(call, ())]
    assert [node.name for node in nodes] == ["all.report.txt"]
    report = await (await tree.open(call, ("all.report.txt",))).read(0, 1000)
    assert report.startswith(b"0 created, 0 updated, 4 unchanged, 1 failed\nline 6: ")
    other = source.app.call(actor("other", everything=True), "ssh")
    with pytest.raises(NotFound):
        await tree.stat(other, ("all.report.txt",))


async def test_the_operation_below_brings_a_few_and_says_of_each_what_became_of_it(site: Site) -> None:
    await site.type("post", TITLE)
    id = site.app.ids.new()
    order = {"entries": [{"type": "post", "id": id, "data": {"title": {"en": "one"}}}], "phase": "whole"}
    call = site.app.call(actor("admin"), "test")
    made = await site.app.operations.run("content.import", order, call)
    again = await site.app.operations.run("content.import", order, call)
    assert [(one.state, one.detail) for one in (*made, *again)] == [("created", ""), ("unchanged", "")]
