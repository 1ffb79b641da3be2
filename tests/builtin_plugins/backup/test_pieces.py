"""Pieces of a snapshot come back into the site as it is, written as by the person who asks."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, ClassVar

import pytest
from tests.builtin_plugins.backup.site import ADMIN, Site, site

from newel import Manifest, hookimpl
from newel.app import App
from newel.context import Actor, Call
from newel.contracts.backup import PiecesBrought, RestorablePiece
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.errors import Forbidden, NotFound, Reject
from newel.testing import actor
from newel.testing.engines import current

PDF = b"%PDF-1.7\n" + b"something " * 1000
pytestmark = pytest.mark.engines("sqlite")  # what is looked at is a repository, the same from every engine


async def brought(at: Site, only: str, who: Actor = ADMIN, **more: Any) -> dict[str, int]:
    found = await at.work.pieces(at.app.call(who, "test"), "local", "latest", only, **more)
    assert found.faults == (), found.faults
    return dict(found.counts)


def beside() -> list[str]:
    """SQLite beside the engine of the test, as every installation has it."""
    return [] if current.engine.plugin == "sqlite" else ["sqlite"]


async def title(at: Site, entry: Any) -> str:
    found = await at.run("content.get", type="post", id=entry.id)
    return str(found.data["title"])


async def test_a_types_entries_come_back_and_the_rest_stays() -> None:
    async with site(*beside()) as at:
        entries = await at.filled(6)
        await at.run("types.create", name="note", fields=[{"name": "title", "type": "text"}])
        note = await at.run("content.create", type="note", data={"title": "before"})
        await at.backup()
        await at.run("content.update", type="post", id=entries[0].id, data={"title": "changed"})
        await at.run("content.delete", type="post", id=entries[1].id)
        await at.run("content.purge", type="post", id=entries[1].id, confirm=True)
        await at.run("content.update", type="note", id=note.id, data={"title": "after"})
        (late,) = await at.filled_more(1)
        assert await brought(at, "type=post", dry_run=True) == {"created": 1, "updated": 1, "unchanged": 4}
        assert await title(at, entries[0]) == "changed"
        counts = await brought(at, "type=post")
        assert (counts["created"], counts["updated"], counts["unchanged"]) == (1, 1, 4)
        assert (await title(at, entries[0]), await title(at, entries[1])) == ("Post 0", "Post 1")
        assert (await at.run("content.get", type="post", id=entries[1].id)).state == {"en": "published"}
        assert (await at.run("content.get", type="note", id=note.id)).data["title"] == "after"
        assert await title(at, late) == "Post 0"


@pytest.mark.needs_plugin("audit", "jobs")
async def test_one_entry_comes_back_as_a_job_in_the_name_of_who_asked() -> None:
    async with site(*beside()) as at:
        entries = await at.filled(3)
        await at.backup()
        for entry in entries:
            await at.run("content.update", type="post", id=entry.id, data={"title": "changed"})
        asked = await at.run("backup.pieces", only=f"entry={entries[2].id}")
        await at.app.need(Jobs).settle()
        done = await at.app.need(Jobs).get(asked.job)
        assert done.result["counts"] == {"updated": 1}
        assert [await title(at, entry) for entry in entries] == ["changed", "changed", "Post 2"]
        rows = (await at.run("audit.list", operation="content.update", entity_id=entries[2].id)).data
        assert rows[0].actor == ADMIN.id


async def test_files_that_are_gone_come_back_with_their_bytes_and_folders() -> None:
    async with site(*beside()) as at:
        folder = await at.run("media.create_folder", name="Trips")
        gone, kept = await at.file("a.pdf", PDF), await at.file("b.pdf", PDF + b"other")
        await at.run("media.update", id=gone.id, folder=folder.id, tags=["red"])
        await at.backup()
        await at.run("media.update", id=kept.id, name="renamed.pdf")
        await at.run("media.delete", id=gone.id)
        await at.run("media.delete_folder", id=folder.id)
        assert await brought(at, "media", dry_run=True) == {"created": 1, "unchanged": 1}
        assert await brought(at, "media") == {"created": 1, "unchanged": 1}
        back = await at.run("media.get", id=gone.id)
        assert (back.name, back.folder, back.tags) == ("a.pdf", folder.id, ("red",))
        digest = sha256(PDF).hexdigest()
        async with at.app.need(Blobs).get(f"originals/{digest[:2]}/{digest}") as read:
            assert b"".join([piece async for piece in read.pieces]) == PDF
        assert (await at.run("media.get", id=kept.id)).name == "renamed.pdf"
        assert await brought(at, "media") == {"unchanged": 2}


class Shelf:
    """Has something that comes back by itself."""

    manifest: ClassVar[Manifest] = Manifest(name="shelf", summary="Of a test.", load=f"{__name__}:Shelf")

    def __init__(self, app: App) -> None:
        self.asked: list[tuple[str, bool, int]] = []

    @hookimpl
    def register_restorable_pieces(self) -> Sequence[RestorablePiece]:
        return [RestorablePiece(name="shelf", summary="A shelf.", parts=("content",), bring=self._bring)]

    async def _bring(self, there: App, value: str, call: Call, dry_run: bool) -> PiecesBrought:
        rows = await there.need(Database).fetch_all("SELECT id FROM content_entries")
        self.asked.append((value, dry_run, len(rows)))
        return PiecesBrought(counts={"created": 1})


async def test_a_plugin_says_what_of_its_own_comes_back_by_itself() -> None:
    async with site(Shelf.manifest, *beside()) as at:
        await at.filled(2)
        await at.backup()
        await at.filled_more(1)
        assert await brought(at, "shelf=top", dry_run=True) == {"created": 1}
        shelf: Any = at.app.plugins["shelf"]
        assert shelf.asked == [("top", True, 2)]


@pytest.mark.needs_plugin("jobs")
async def test_what_cannot_come_back_is_refused_in_words() -> None:
    async with site(*beside()) as at:
        await at.filled(1)
        await at.backup()
        for wrong in ("type", "users=all", "media=1", ""):
            with pytest.raises(Reject, match=r"there is: entry=\.\.\., "):
                await at.run("backup.pieces", only=wrong)
        with pytest.raises(NotFound, match="no type 'page'"):
            await brought(at, "type=page")
        with pytest.raises(NotFound, match="no entry"):
            await brought(at, "entry=01M00000000000000000000000")
        reader = actor("ed", "backup.restore", "backup.read")
        with pytest.raises(Forbidden):
            await brought(at, "type=post", reader)
