"""Snapshots: whole, small, of one point in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, ClassVar

import pytest
from tests.builtin_plugins.backup.site import Site, site

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.backup import BLOBS_KEPT, BackupEvent, Part
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.errors import NotFound
from newel.testing import FakeClock
from newel_backup.repo.faults import Locked
from newel_backup.repo.files import files_of
from newel_backup.repo.locks import held
from newel_backup.repo.rows import row
from newel_backup.repo.streams import lines_of

PDF = b"%PDF-1.7\n" + b"something " * 1000


async def rows_of(at: Site, snapshot: Any, table: str) -> list[dict[str, Any]]:
    kept = snapshot.tables[table]
    async with at.repository() as repository:
        return [
            dict(zip(kept.columns, row(line, len(kept.columns)), strict=True))
            async for lines in lines_of(repository, kept.stream)
            for line in lines
        ]


def text(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))


async def test_a_snapshot_holds_every_row_and_file_of_what_is_backed_up() -> None:
    async with site() as at:
        entries = await at.filled(6)
        await at.file("a.pdf", PDF)
        snapshot = await at.backup()
        assert {row["id"] for row in await rows_of(at, snapshot, "content_entries")} == {one.id for one in entries}
        database = at.app.need(Database)
        for table in snapshot.tables:
            there = [dict(one) for one in await database.fetch_all(f"SELECT * FROM {table}")]
            kept = await rows_of(at, snapshot, table)
            assert sorted(map(text, kept)) == sorted(map(text, there)), table
        async with at.repository() as repository:
            files = [one async for one in files_of(repository, snapshot.files.stream)]
        assert [(one.size, one.sha256) for one in files] == [(len(PDF), sha256(PDF).hexdigest())]
        assert snapshot.missing_count == 0


@pytest.mark.needs_plugin("accounts", "audit", "idempotency", "jobs", "media")
async def test_sessions_leases_and_queues_are_not_backed_up() -> None:
    async with site("idempotency") as at:
        snapshot = await at.backup()
        assert "content_entries" in snapshot.tables
        assert not {name for name in snapshot.tables if name.startswith(("jobs_", "idempotency_", "backup_snapshots"))}
        comes = {one.name: one.comes for one in snapshot.parts}
        assert [comes[name] for name in ("users", "tokens", "audit", "content", "media")] == [
            "asked", "asked", "asked", "always", "always",
        ]  # fmt: skip


async def test_a_snapshot_of_what_did_not_change_costs_its_manifest_only() -> None:
    async with site() as at:
        await at.filled(40)
        await at.file("a.pdf", PDF)
        first = await at.backup()
        second = await at.backup()
        assert first.added > 0
        assert (second.new_chunks, second.added) == (0, 0)
        assert second.bytes == first.bytes
        async with at.repository() as repository:
            sizes = [one.size for one in await repository.manifests()]
        assert len(sizes) == 2
        assert max(sizes) < 20_000


async def test_what_is_written_meanwhile_is_not_in_it() -> None:
    async with site() as at:
        await at.filled(4)
        writes: list[asyncio.Task[Any]] = []

        def told(stage: str, done: int, total: int) -> None:
            if not writes:
                data = {"title": "Late"}
                writes.append(asyncio.ensure_future(at.run("content.create", type="post", data=data)))

        snapshot = await at.backup(told=told)
        late = await writes[0]
        ids = {row["entry"] for row in await rows_of(at, snapshot, "content_versions")}
        assert ids
        assert late.id not in ids | {row["id"] for row in await rows_of(at, snapshot, "content_entries")}


async def test_under_constant_writes_each_snapshot_is_a_state_that_really_was() -> None:
    """A writer keeps three tables and two rows of one in step, each step in one transaction."""
    async with site() as at:
        first, second, *_ = await at.filled(20)
        db, step, stopped = at.app.need(Database), 0, False

        async def write() -> None:
            nonlocal step
            while not stopped:
                async with db.transaction() as tx:
                    values = {"n": step + 1}
                    await tx.execute("UPDATE content_types SET next_number = :n", values)
                    for entry in (first, second):
                        text = "UPDATE content_entries SET revision = :n WHERE id = :id"
                        await tx.execute(text, {**values, "id": entry.id})
                    await tx.execute("UPDATE content_locales SET label = :n WHERE code = 'en'", {"n": str(step + 1)})
                step += 1

        writer = asyncio.ensure_future(write())
        seen, taken = [], []
        try:
            while not step and not writer.done():  # noqa: ASYNC110 - the writer counts with a number
                await asyncio.sleep(0)
            for _ in range(4):
                before = step
                taken.append((before, await at.backup(), step))
        finally:
            stopped = True
            await writer
        for before, snapshot, after in taken:
            found = {row["next_number"] for row in await rows_of(at, snapshot, "content_types")}
            entries = await rows_of(at, snapshot, "content_entries")
            found |= {row["revision"] for row in entries if row["id"] in (first.id, second.id)}
            found |= {
                int(row["label"]) for row in await rows_of(at, snapshot, "content_locales") if row["code"] == "en"
            }
            assert len(found) == 1, found
            seen.append(found.pop())
            assert before <= seen[-1] <= after + 1
        assert step > len(taken)
        assert seen == sorted(seen)


async def test_a_file_that_the_store_lost_makes_the_snapshot_partial() -> None:
    async with site() as at:
        await at.file("a.pdf", PDF)
        await at.file("b.pdf", PDF + b"other")
        lost = sha256(PDF + b"other").hexdigest()
        await at.app.need(Blobs).delete(f"originals/{lost[:2]}/{lost}")
        snapshot = await at.backup()
        assert snapshot.missing == (f"originals/{lost[:2]}/{lost}",)
        assert snapshot.missing_count == 1
        assert snapshot.files.count == 1


class Ear:
    """Hears of backups."""

    manifest: ClassVar[Manifest] = Manifest(name="ear", summary="Of a test.", load=f"{__name__}:Ear")

    def __init__(self, app: App) -> None:
        self.heard: list[BackupEvent] = []

    @hookimpl
    def backup_succeeded(self, event: BackupEvent) -> None:
        self.heard.append(event)

    @hookimpl
    def backup_failed(self, event: BackupEvent) -> None:
        self.heard.append(event)

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return [Part(name="nothing", summary="Of a test.", tables=("ear_*",))]


async def test_success_and_failure_are_told() -> None:
    async with site(Ear.manifest) as at:
        snapshot = await at.backup()
        async with at.repository() as repository, held(repository, at.app.clock, "prune", exclusive=True):
            with pytest.raises(Locked, match="newel backup unlock"):
                await at.backup()
        await at.app.settle()
        ear: Any = at.app.plugins["ear"]
        first, second = sorted(ear.heard, key=lambda event: event.started_at)
        assert (first.snapshot, first.error, first.target) == (snapshot.id, "", "local")
        assert second.snapshot == ""
        assert "prune" in second.error


async def test_what_a_backup_may_have_listed_is_not_deleted_meanwhile() -> None:
    clock = FakeClock()
    async with site(clock=clock, config={"jobs": {"clock": "process"}}) as at:
        stored = await at.file("a.pdf", PDF)
        await at.run("media.delete", id=stored.id)
        await clock.jump(48 * 3600)
        key = f"originals/{sha256(PDF).hexdigest()[:2]}/{sha256(PDF).hexdigest()}"
        store, sweep = at.app.need(Blobs), at.app.plugins["media"].sweep  # type: ignore[attr-defined]  # plugins are objects to the kernel

        async def progress(done: float, total: float | None, note: str) -> None:
            pass

        async with at.app.need(Database).lock(BLOBS_KEPT):
            await sweep.all(progress)
            assert (await store.head(key)).size == len(PDF)
        await sweep.all(progress)
        with pytest.raises(NotFound):
            await store.head(key)
