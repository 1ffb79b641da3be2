"""Whether store and tables agree, and cleaning up."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import EDITOR, PDF
from tests.builtin_plugins.media.site import PLUGINS, Site, image, pieces, site

from newel import Conflict, Forbidden, Malformed, Reject
from newel.contracts.blobs import Blobs
from newel.contracts.jobs import Jobs
from newel.testing import FakeClock
from newel_media.care.walking import Walk

DAY = 86_400.0
FOREIGN = (
    "backups/db.sql", "index.html", "originals/readme.txt", "renditions/ab/notes.txt", "incoming/todo", "original",
    "originals-old/ab/" + "a" * 64, "incoming.txt",
)  # fmt: skip
STRAYS = ("incoming/" + "0" * 26 + "/1", "originals/ab/" + "a" * 64, "renditions/cd/" + "c" * 32 + ".webp")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def library(engine: Any, clock: FakeClock) -> AsyncIterator[Site]:
    async with site(clock=clock) as made:
        yield made


async def put(library: Site, *keys: str) -> None:
    for key in keys:
        await library.app.need(Blobs).put(key, pieces(b"xyz"))


@pytest.mark.needs_plugin("jobs")
async def test_a_library_that_is_well_says_so(library: Site, clock: FakeClock) -> None:
    await library.upload(image(1000, 500))
    await library.upload(PDF, "a.pdf")
    await library.settle()
    await put(library, *FOREIGN)
    await clock.jump(DAY * 30)
    await library.run("jobs.enqueue", kind="media.sweep")
    await library.settle()
    health = await library.run("media.health")
    assert (health.healthy, health.loose, health.lost, health.next) == (True, 0, 0, None)
    assert health.checked == 17 + 3, "what lies below our prefixes is looked at"
    with pytest.raises(Forbidden):
        await library.run("media.health", EDITOR)


@pytest.mark.needs_plugin("jobs")
async def test_what_is_loose_lost_failed_or_pending_is_told_of(library: Site, clock: FakeClock) -> None:
    lost = await library.upload(PDF + b"1", "lost.pdf")
    cut = await library.upload(PDF + b"22", "cut.pdf")
    bad = await library.upload(image(bad=True))
    await library.settle()
    await library.upload(image(10, 10))
    blobs = library.app.need(Blobs)
    await blobs.delete(f"originals/{lost.hash[:2]}/{lost.hash}")
    await put(library, f"originals/{cut.hash[:2]}/{cut.hash}", *STRAYS)
    assert (await library.run("media.health")).loose == 0, "it may be on its way"
    await clock.jump(DAY + 1)
    health = await library.run("media.health")
    assert (health.loose, health.loose_bytes, sorted(health.loose_keys)) == (3, 9, sorted(STRAYS))
    assert {(one.assets, one.found) for one in health.lost_keys} == {((lost.id,), None), ((cut.id,), 3)}
    assert (health.lost, health.failed, health.failed_ids, health.pending) == (2, 1, (bad.id,), 1)
    assert not health.healthy


@pytest.mark.needs_plugin("jobs")
async def test_parts_join_into_the_whole_report(library: Site, clock: FakeClock) -> None:
    for number in range(230):
        await put(library, f"originals/{number:02x}/{number:064x}")
    for number in range(3):
        await library.upload(PDF + b"%d" % number, f"{number}.pdf")
    await library.app.need(Blobs).delete(*[key for key in await library.keys() if f"{0:050}" not in key])
    await clock.jump(DAY + 1)
    checked = loose = lost = 0
    cursor: str | None = ""
    while cursor is not None:
        part = await library.run("media.health", limit=50, cursor=cursor)
        checked, loose, lost = checked + part.checked, loose + part.loose, lost + part.lost
        cursor = part.next
    assert (checked, loose, lost) == (230, 230, 3)
    asked = await library.run("media.check")
    await library.settle()
    job = await library.app.need(Jobs).get(asked.job)
    assert (job.result["checked"], job.result["loose"], job.result["lost"]) == (230, 230, 3)
    assert len(job.result["loose_keys"]) == 100
    for bad in ("backups/", "originals/../x", "\x00", "~"):
        with pytest.raises(Malformed):
            await library.run("media.health", cursor=bad)


@pytest.mark.needs_plugin("jobs")
@pytest.mark.needs_plugin("audit")
async def test_cleaning_removes_only_what_is_ours_and_named_by_nobody(library: Site, clock: FakeClock) -> None:
    await library.upload(image(1000, 500))
    gone = await library.upload(PDF, "gone.pdf")
    await library.settle()
    await library.run("media.delete", id=gone.id)
    mine = set(await library.keys())
    await put(library, *FOREIGN, *STRAYS)
    assert (await library.run("media.cleanup", dry_run=False)).keys == 0, "all of it may be on its way"
    await clock.jump(DAY + 1)
    await put(library, "originals/ef/" + "e" * 64)
    loose = {*STRAYS, f"originals/{gone.hash[:2]}/{gone.hash}"}
    dry = await library.run("media.cleanup")
    assert (dry.dry_run, dry.keys, set(dry.names)) == (True, 4, loose)
    assert set(await library.keys()) == {*mine, *FOREIGN, *STRAYS, "originals/ef/" + "e" * 64}
    wet = await library.run("media.cleanup", dry_run=False)
    assert (wet.dry_run, wet.keys, set(wet.names)) == (False, 4, loose)
    assert set(await library.keys()) == {*mine - loose, *FOREIGN, "originals/ef/" + "e" * 64}
    assert (await library.run("media.cleanup", dry_run=False)).keys == 0
    [row] = (await library.run("audit.list", operation="media.cleanup", entity="media_store")).data
    assert row.after["keys"] == 4
    with pytest.raises(Forbidden):
        await library.run("media.cleanup", EDITOR)
    with pytest.raises(Reject):
        await library.run("media.cleanup", limit=10_001)


async def test_what_is_named_without_a_row_of_its_own_stays(library: Site, clock: FakeClock) -> None:
    stored = await library.upload(PDF, "a.pdf")
    db = library.media.store.db
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM media_blobs")
    await clock.jump(DAY + 1)
    assert (await library.run("media.cleanup", dry_run=False)).keys == 0
    assert await library.keys() == [f"originals/{stored.hash[:2]}/{stored.hash}"]


async def test_bytes_that_are_taken_up_meanwhile_stay(
    library: Site, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    digest = hashlib.sha256(PDF).hexdigest()
    key = f"originals/{digest[:2]}/{digest}"
    await library.app.need(Blobs).put(key, pieces(PDF))
    await clock.advance(DAY + 1)
    stray = Walk.stray

    async def slow(walk: Walk, key: str) -> bool:
        answer = await stray(walk, key)
        await library.upload(PDF, "a.pdf")
        return answer

    monkeypatch.setattr(Walk, "stray", slow)
    assert (await library.run("media.cleanup", dry_run=False)).keys == 0
    assert await library.keys() == [key]
    assert len((await library.run("media.list")).data) == 1


async def test_without_jobs_it_is_said_what_cannot_be_done(engine: Any) -> None:
    async with site(plugins=[one for one in PLUGINS if one != "jobs"]) as library:
        folder = (await library.run("media.create_folder", name="A")).id
        assert (await library.run("media.put_preset", name="card", width=10)).job is None
        for verb, order in (
            ("media.check", {}), ("media.reprocess", {}), ("media.delete_folder", {"id": folder, "recursive": True}),
        ):  # fmt: skip
            with pytest.raises(Conflict, match="jobs"):
                await library.run(verb, **order)
        await library.run("media.delete_folder", id=folder)


@pytest.mark.needs_plugin("jobs")
async def test_usage_adds_up(engine: Any) -> None:
    async with site(config={"media": {"quota_bytes": 10_000}}) as library:
        await library.upload(PDF, "a.pdf", EDITOR)
        await library.upload(PDF, "b.pdf")
        await library.upload(image(300, 300))
        await library.settle()
        usage = await library.run("media.usage", EDITOR)
        picture = len(image(300, 300))
        assert (usage.files, usage.bytes) == (3, 2 * len(PDF) + picture)
        assert {(one.kind, one.files, one.bytes) for one in usage.kinds} == {
            ("document", 2, 2 * len(PDF)), ("image", 1, picture),
        }  # fmt: skip
        assert [(one.author, one.files) for one in usage.people] == [("admin", 2), ("editor", 1)]
        assert (usage.own, usage.quota_bytes, usage.quota_bytes_per_user) == (len(PDF), 10_000, 0)
        assert usage.renditions == len(await library.keys()) - 2
        assert usage.stored == len(PDF) + picture + usage.rendition_bytes


async def test_tags_are_listed_with_their_counts(engine: Any) -> None:
    async with site() as library:
        await library.upload(PDF + b"1", "a.pdf", tags=("sea", "sun", "See"))
        await library.upload(PDF + b"2", "b.pdf", tags=("sea", "s%"))
        assert [(one.tag, one.files) for one in (await library.run("media.tags", EDITOR)).data] == [
            ("See", 1), ("s%", 1), ("sea", 2), ("sun", 1),
        ]  # fmt: skip
        page = await library.run("media.tags", prefix="s", limit=2)
        assert [one.tag for one in page.data] == ["s%", "sea"]
        assert [one.tag for one in (await library.run("media.tags", prefix="s", cursor=page.next)).data] == ["sun"]
        assert (await library.run("media.tags", prefix="%")).data == ()
