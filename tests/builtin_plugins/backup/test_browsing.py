"""Looking into snapshots: what lies there, what differs, and as files over SFTP."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.builtin_plugins.backup.site import ADMIN, Site, site

from newel.contracts.database import Database
from newel.errors import Forbidden, NotFound, Reject
from newel.testing import actor
from newel_backup.browsing.tree import BackupTree
from newel_backup.repo.cutter import PIECE

pytestmark = pytest.mark.engines("sqlite")  # what is looked at is a repository, the same from every engine

PDF = b"%PDF-1.7\n" + b"something " * 1000
LARGE = b"%PDF-1.7\n" + bytes(range(256)) * (3 * PIECE // 256)


async def nodes(tree: BackupTree, call: Any, *path: str) -> dict[str, Any]:
    return {node.name: node async for page in tree.list(call, path) for node in page}


async def whole(tree: BackupTree, call: Any, *path: str, size: int = 100_000) -> bytes:
    opened = await tree.open(call, path)
    found = b""
    while data := await opened.read(len(found), size):
        found += data
    await opened.close()
    return found


async def test_a_snapshot_is_folders_and_files_to_be_read() -> None:
    async with site() as at:
        await at.filled(3)
        await at.file("a.pdf", LARGE)
        made = await at.backup()
        tree, call = BackupTree(at.work), at.app.call(ADMIN, "test")
        assert list(await nodes(tree, call)) == ["local"]
        assert list(await nodes(tree, call, "local")) == [made.id]
        assert list(await nodes(tree, call, "local", made.id)) == ["manifest.json", "tables", "files"]
        tables = await nodes(tree, call, "local", made.id, "tables")
        assert tables["content_entries.jsonl"].size == made.tables["content_entries"].stream.bytes
        lines = (await whole(tree, call, "local", made.id, "tables", "content_entries.jsonl")).splitlines()
        assert len(lines) == 3
        assert orjson.loads(await whole(tree, call, "local", made.id, "manifest.json"))["id"] == made.id
        (folder,) = await nodes(tree, call, "local", made.id, "files", "originals")
        (name,) = await nodes(tree, call, "local", made.id, "files", "originals", folder)
        path = ("local", made.id, "files", "originals", folder, name)
        assert (await tree.stat(call, path)).size == len(LARGE)
        assert await whole(tree, call, *path, size=1_000_000) == LARGE
        opened = await tree.open(call, path)
        assert await opened.read(PIECE - 5, 5) == LARGE[PIECE - 5 : PIECE]
        assert await opened.read(2 * PIECE + 1, 7) == LARGE[2 * PIECE + 1 : 2 * PIECE + 8]
        await opened.close()
        listed = await at.run("backup.ls", id="latest", path="files/originals")
        assert [(one.name, one.folder) for one in listed.data] == [(folder, True)]


async def test_places_are_looked_up_and_never_paths_and_nothing_is_written() -> None:
    async with site() as at:
        made = await at.backup()
        tree, call = BackupTree(at.work), at.app.call(ADMIN, "test")
        for path in (
            ("nowhere",), ("local", "01XXXX"), ("local", made.id, "tables", "sqlite_schema.jsonl"),
            ("local", made.id, "files", "originals", "aa"), ("local", made.id, "config"),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                await tree.stat(call, path)
        with pytest.raises(Reject, match="no place"):
            await at.run("backup.ls", id="latest", path="files/../../../etc")
        for act in (tree.create, tree.remove, tree.make_folder, tree.remove_folder):
            with pytest.raises(Forbidden):
                await act(call, ("local", made.id, "x"))
        stranger = at.app.call(actor("ed", "content.read"), "test")
        with pytest.raises(Forbidden):
            await nodes(tree, stranger)
        with pytest.raises(Forbidden):
            await tree.open(stranger, ("local", made.id, "manifest.json"))


async def counted(at: Site, before: str, after: str = "latest") -> dict[str, tuple[int, int, int]]:
    found = await at.run("backup.diff", before=before, after=after)
    return {one.name: (one.added, one.removed, one.changed) for one in (*found.tables, *found.files)}


async def test_what_differs_between_two_snapshots_is_told_by_table_with_examples() -> None:
    async with site() as at:
        entries = await at.filled(60)
        await at.file("a.pdf", PDF)
        first = await at.backup()
        assert await counted(at, first.id) == {}
        await at.run("content.update", type="post", id=entries[7].id, data={"title": "Other"})
        (added,) = await at.filled_more(1)
        await at.run("content.delete", type="post", id=entries[3].id)
        await at.run("content.purge", type="post", id=entries[3].id, confirm=True)
        await at.file("b.pdf", PDF + b"more")
        second = await at.backup()
        found = await at.run("backup.diff", before=first.id, after=second.id)
        told = {one.name: one for one in (*found.tables, *found.files)}
        rows = told["content: content_entries"]
        assert (rows.added, rows.removed, rows.changed) == (1, 1, 1)
        assert rows.examples == {"added": (added.id,), "removed": (entries[3].id,), "changed": (entries[7].id,)}
        assert (told["files"].added, told["files"].removed, told["files"].changed) == (1, 0, 0)
        back = await counted(at, second.id, first.id)
        assert back["content: content_entries"] == (1, 1, 1)
        assert back["files"] == (0, 1, 0)


async def test_a_line_that_goes_over_several_chunks_is_compared_whole() -> None:
    async with site() as at:
        await at.filled(2)
        first = await at.backup()
        long = "x" * (PIECE + 1000)
        await at.app.need(Database).execute(
            "UPDATE content_entries SET document = :long WHERE author = :author", {"long": long, "author": ADMIN.id}
        )
        await at.backup()
        assert (await counted(at, first.id))["content: content_entries"] == (0, 0, 2)
