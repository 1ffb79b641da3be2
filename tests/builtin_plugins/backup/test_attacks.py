"""What somebody tries who may write to a target and has no key, or who may look and not restore."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from attrs import evolve
from tests.builtin_plugins.backup import restored, treesite
from tests.builtin_plugins.backup.site import ADMIN, Site, site

from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.errors import Forbidden, NewelError, Reject
from newel.structure import Structurer
from newel.testing import FakeClock, actor, run_command
from newel.testing.fake_blobs import FakeBlobs
from newel_backup.browsing.tree import BackupTree
from newel_backup.known import OLD
from newel_backup.repo import keys, locks
from newel_backup.repo.faults import Damaged, Locked, NoRepository, WrongKey
from newel_backup.repo.files import FileLine
from newel_backup.repo.manifest import snapshot_from
from newel_backup.repo.repository import Repository, put
from newel_backup.repo.rows import row
from newel_backup.repo.streams import Stream, chunks_of, lines_of
from newel_backup.restoring.finding import snapshot_of
from newel_backup.restoring.order import RestoreOrder
from newel_backup.restoring.places import shown

SQLITE = pytest.mark.engines("sqlite")  # a repository is the same whatever it was taken from
NONE = pytest.mark.engines()
KEY = keys.Secret(key_file=bytes(range(32)))
PHRASE = keys.Secret(passphrase="correct horse battery")
INTO = "sqlite:///new.db"
SCRIPT = Path(__file__).parents[3] / "contrib" / "restore_backup.py"

PDF = b"%PDF-1.7\n" + b"something " * 1000


@pytest.fixture
def blobs() -> FakeBlobs:
    return FakeBlobs()


async def forged(at: Site, /, **changes: Any) -> str:
    """The newest manifest, changed by somebody who may write to a target that is not encrypted; answers its id."""
    async with at.repository() as repository:
        found = (await repository.manifests())[-1]
        read = await repository.manifest(found)
        await repository.delete(found.key)
        await repository.put_manifest(found.id, {**read, **changes})
        return found.id


# -- another repository in the place of ours ---------------------------------------------------------------------------


@NONE
async def test_a_target_with_a_key_takes_no_repository_that_is_not_encrypted(blobs: FakeBlobs) -> None:
    await Repository.create(blobs, None)
    for secret in (KEY, PHRASE):
        with pytest.raises(WrongKey, match="not encrypted"):
            await Repository.open(blobs, secret)


@NONE
async def test_a_config_that_is_gone_is_not_made_anew_over_snapshots(blobs: FakeBlobs) -> None:
    repository = await Repository.create(blobs, KEY)
    await repository.put_manifest("01" + "A" * 24, {})
    kept = blobs.kept.pop("config")
    with pytest.raises(Damaged, match="bring it back"):
        await Repository.create(blobs, KEY)
    blobs.kept["config"] = kept
    await Repository.open(blobs, KEY)


@SQLITE
async def test_a_target_that_lost_all_snapshots_is_not_filled_anew_in_silence() -> None:
    async with site() as at:
        await at.backup()
        folder = at.app.folder / "backups"
        folder.rename(at.app.folder / "unmounted")
        with pytest.raises(NoRepository):
            await at.backup()
        shutil.rmtree(folder, ignore_errors=True)
        (at.app.folder / "unmounted").rename(folder)
        await at.backup()


# -- what is believed before it is authenticated -----------------------------------------------------------------------


@NONE
@pytest.mark.parametrize(
    "cost", [{"p": 1 << 20}, {"n": 1 << 20, "r": 16}, {"n": -2, "r": -8}, {"p": 1e9}, {"n": "131072"}], ids=str
)
async def test_a_key_that_asks_for_endless_work_is_passed_over(blobs: FakeBlobs, cost: dict[str, Any]) -> None:
    repository = await Repository.create(blobs, PHRASE)
    (own,) = [key for key in blobs.kept if key.startswith("keys/")]
    hostile = orjson.loads(blobs.kept[own].data)
    hostile["kdf"].update(cost)
    data = orjson.dumps(hostile)
    with pytest.raises(Damaged):
        keys.unwrapped(data, PHRASE, repository.config.id)
    await put(blobs, f"keys/{keys.key_id(data)}", data)
    await put(blobs, "keys/0", b"nonsense")
    await Repository.open(blobs, PHRASE)


@NONE
async def test_a_repository_with_very_many_keys_is_not_tried(blobs: FakeBlobs) -> None:
    await Repository.create(blobs, KEY)
    for number in range(60):
        await put(blobs, f"keys/-{number:03}", b"x")
    with pytest.raises(Damaged, match="keys"):
        await Repository.open(blobs, KEY)


@NONE
@pytest.mark.parametrize(
    "change", [{"id": 5}, {"id": "../x"}, {"encrypted": "no"}, {"least": 1.5}, {"format": "x" * 10_000}], ids=str
)
async def test_a_config_of_other_kinds_of_values_is_refused_in_a_line(blobs: FakeBlobs, change: dict[str, Any]) -> None:
    await Repository.create(blobs, None)
    config = {**orjson.loads(blobs.kept["config"].data)["config"], **change}
    check = hashlib.sha256(orjson.dumps(config, option=orjson.OPT_SORT_KEYS)).hexdigest()
    data = orjson.dumps({"config": config, "check": check}, option=orjson.OPT_SORT_KEYS)
    await put(blobs, "config", data)
    with pytest.raises(NewelError) as refused:
        await Repository.open(blobs, None)
    assert len(str(refused.value)) < 300


@NONE
@pytest.mark.parametrize(
    "change",
    [{"expires_at": 5}, {"exclusive": "x"}, {"node": "\x1b[2J"}, {"node": "n" * 1000}, {"id": "other"}, {"more": 1}],
    ids=str,
)
async def test_a_hostile_lock_is_one_that_cannot_be_read_and_unlocking_it_removes_no_other(
    blobs: FakeBlobs, change: dict[str, Any]
) -> None:
    repository, clock = await Repository.create(blobs, None), FakeClock()
    lock = {"id": "evil", "purpose": "x", "exclusive": False, "node": "n", "created_at": "2026", "expires_at": "2027"}
    await put(blobs, "locks/evil", orjson.dumps({**lock, **change}))
    (found,) = await locks.locks(repository)
    assert (found.id, found.purpose, found.exclusive) == ("evil", "unreadable", True)
    with pytest.raises(Locked, match="unlock"):
        async with locks.held(repository, clock, "backup"):
            pytest.fail("nobody knows what it is for")


# -- manifests, lists and rows of a stranger ---------------------------------------------------------------------------


async def listing(repository: Repository, text: bytes) -> str:
    id = repository.name(text)
    await repository.put_chunk(id, text)
    return id


@NONE
@pytest.mark.parametrize(
    "text",
    [b"a" * 64 + b" " + b"9" * 5000 + b"\n", b"a" * 64 + b" 0\n", b"a" * 64 + b" 1001\n", b"x" * 1000, b"a" * 64],
    ids=["digits", "empty", "more", "no-feed", "no-size"],
)
async def test_a_hostile_list_of_chunks_is_damaged_before_it_is_gathered(blobs: FakeBlobs, text: bytes) -> None:
    repository = await Repository.create(blobs, None)
    id = await listing(repository, text)
    stream = Stream(lines=1, bytes=1000, sha256="0" * 64, lists=(id,) * 1000)
    with pytest.raises(Damaged):
        [_ async for _ in chunks_of(repository, stream)]


@NONE
async def test_a_stream_ends_where_it_becomes_longer_than_its_manifest_says(blobs: FakeBlobs) -> None:
    repository = await Repository.create(blobs, None)
    line = b"x" * 1000 + b"\n"
    chunk = await listing(repository, line)
    id = await listing(repository, b"%s 1\n" % chunk.encode())
    stream = Stream(lines=900, bytes=900, sha256="0" * 64, lists=(id,) * 900)
    with pytest.raises(Damaged, match="longer"):
        await anext(lines_of(repository, stream))


@NONE
@pytest.mark.parametrize("id", ["../config", "a" * 63, "A" * 64, "x/../../" + "a" * 56], ids=str)
async def test_a_chunk_is_looked_for_under_names_of_chunks_only(blobs: FakeBlobs, id: str) -> None:
    with pytest.raises(Damaged):
        await (await Repository.create(blobs, None)).chunk(id)


@NONE
@pytest.mark.parametrize(
    "change", [[("../x",)], [("/etc/x",)], [("a", -1)], [("a", 1e300)], [("a", 1, 2)], [("a", 1, "s", "t", [])],
               [("a", 1, "s", "t", ["p", "p"])], [("a", 1, "s", "t", "p")], [("a", 1, "s", "t", [1])]], ids=str
)  # fmt: skip
def test_a_line_of_files_that_no_backup_writes_is_damaged(change: list[tuple[Any, ...]]) -> None:
    good = ["a", 1, "s", "t", ["p"]]
    assert FileLine.of(orjson.dumps(good)).key == "a"
    (values,) = change
    with pytest.raises(Damaged):
        FileLine.of(orjson.dumps([*values, *good[len(values) :]]))


@NONE
@pytest.mark.parametrize("line", [b"[[1]]", b"[true]", b"[[[]]]", b"[" * 100_000, b"[" + b"9" * 5000 + b"]"], ids=len)
def test_a_row_with_a_value_that_no_table_has_is_damaged(line: bytes) -> None:
    with pytest.raises(Damaged):
        row(line, 1)


@SQLITE
async def test_a_manifest_with_times_that_are_none_is_left_out_and_told_of() -> None:
    async with site() as here:
        await here.backup()
        async with here.repository() as repository:
            read = await repository.manifest((await repository.manifests())[0])
        for time in ("", "yesterday", "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", "9" * 24):
            for name in ("at", "started_at", "ended_at"):
                with pytest.raises(Damaged, match="times"):
                    snapshot_from({**read, name: time}, Structurer())
        bad = await forged(here, at="yesterday")
        good = await here.backup()
        assert [one.id for one in (await here.run("backup.list")).data] == [good.id]
        found = await here.work.verify("local", share=0)
        assert any(bad in one.snapshots for one in found.problems)


@SQLITE
async def test_a_manifest_of_a_later_format_hinders_no_backup_and_no_list() -> None:
    async with site() as at:
        await at.backup()
        bad = await forged(at, format=2)
        good = await at.backup()
        assert [one.id for one in (await at.run("backup.list")).data] == [good.id]
        assert any(bad in one.snapshots for one in (await at.work.verify("local", share=0)).problems)


@SQLITE
async def test_columns_and_keys_of_a_manifest_are_columns_of_the_table() -> None:
    async with site() as at:
        made = await at.backup()
        async with at.repository() as repository:
            read = await repository.manifest((await repository.manifests())[0])
        name = "content_entries"
        table = made.tables[name]
        for columns, key in (
            (table.columns, ("1; DROP TABLE x",)), ((*table.columns, table.columns[-1]), table.key),
            (table.columns[::-1], table.key),
        ):  # fmt: skip
            tables = {**read["tables"], name: {**read["tables"][name], "columns": columns, "key": key}}
            with pytest.raises(Damaged, match="columns"):
                snapshot_from({**read, "tables": tables}, Structurer())
        assert snapshot_from(read, Structurer()) == made


@SQLITE
async def test_a_drill_restores_tables_whatever_part_their_manifest_says_they_are() -> None:
    async with site() as at:
        await at.filled(4)
        await at.backup()
        async with at.repository() as repository:
            read = await repository.manifest((await repository.manifests())[0])
        tables = {name: {**one, "part": "nothing-here"} for name, one in read["tables"].items()}
        await forged(at, tables=tables)
        drilled = await at.work.drill(at.app.call(ADMIN, "test"), "local")
        steps = {step.name: step for step in drilled.steps}
        assert steps["tables"].looked == sum(one["stream"]["lines"] for one in tables.values())


@SQLITE
async def test_a_file_of_the_snapshot_before_is_taken_over_only_where_it_is_the_sites() -> None:
    async with site() as at:
        await at.file("a.pdf", b"%PDF-1.7\n" + b"good " * 100)
        made = await at.backup()
        async with at.repository() as repository:
            lines = [one async for found in lines_of(repository, made.files.stream) for one in found]
            evil = await listing(repository, b"%PDF-1.7\n" + b"evil " * 100)
            line = evolve(FileLine.of(lines[0]), sha256="0" * 64, pieces=(evil,)).line
            chunk = await listing(repository, line)
            ids = await listing(repository, b"%s %d\n" % (chunk.encode(), len(line)))
        stream = {"lines": 1, "bytes": len(line), "sha256": hashlib.sha256(line).hexdigest(), "lists": [ids]}
        await forged(at, files={"count": 1, "bytes": made.files.bytes, "stream": stream})
        again = await at.backup()
        assert again.files == made.files


@SQLITE
@pytest.mark.parametrize("column", ["blob", "sha256"])
async def test_files_that_come_back_do_not_take_the_place_of_others(column: str) -> None:
    """Rows of a snapshot that say: this file of mine is that one of yours, with these bytes."""
    good, evil = b"%PDF-1.7\n" + b"good " * 100, b"%PDF-1.7\n" + b"evil" * 50
    digest = hashlib.sha256(good).hexdigest()
    key = f"originals/{digest[:2]}/{digest}"
    async with site() as at:
        await at.file("a.pdf", good)
        gone, database = await at.file("b.pdf", evil), at.app.need(Database)
        values = {"blob": key, "sha": digest, "id": gone.id}
        also = ", sha256 = :sha" if column == "sha256" else ""
        await database.execute(f"UPDATE media_assets SET blob = :blob{also} WHERE id = :id", values)
        await at.backup()
        async with at.repository() as repository:
            piece = await listing(repository, evil)
            line = FileLine(key, len(evil), piece, "application/pdf", (piece,)).line
            ids = await listing(repository, b"%s %d\n" % ((await listing(repository, line)).encode(), len(line)))
        stream = {"lines": 1, "bytes": len(line), "sha256": hashlib.sha256(line).hexdigest(), "lists": [ids]}
        await forged(at, files={"count": 1, "bytes": len(evil), "stream": stream})
        await database.execute("DELETE FROM media_assets WHERE id = :id", {"id": gone.id})
        done = await at.work.pieces(at.app.call(ADMIN, "test"), "local", "latest", "media")
        assert (done.counts, len(done.faults)) == ({"unchanged": 1, "failed": 1}, 1)
        async with at.app.need(Blobs).get(key) as read:
            assert b"".join([one async for one in read.pieces]) == good


# -- rights and secrets ------------------------------------------------------------------------------------------------


@SQLITE
async def test_who_sees_the_backups_does_not_read_the_hashes_in_them() -> None:
    async with site() as at:
        made = await at.backup()
        tree = BackupTree(at.work)
        looker = at.app.call(actor("watcher", "backup.read"), "test")
        names = {node.name async for page in tree.list(looker, ("local", made.id, "tables")) for node in page}
        assert "accounts_users.jsonl" in names
        path = ("local", made.id, "tables", "accounts_users.jsonl")
        with pytest.raises(Forbidden):
            await tree.open(looker, path)
        manifest = await tree.open(looker, ("local", made.id, "manifest.json"))
        await manifest.close()
        restorer = at.app.call(actor("restorer", "backup.read", "backup.restore"), "test")
        opened = await tree.open(restorer, path)
        await opened.close()


@NONE
@pytest.mark.parametrize(
    "url", ["postgres://u:s3cret@h/d", "postgres://u:s3@cret@h/d", "postgres://h/d?user=u&password=s3cret"]
)
def test_a_url_for_people_has_no_password_in_it(url: str) -> None:
    told = shown(url)
    assert "s3" not in told
    assert "cret" not in told
    assert "//h/d" in told


@SQLITE
@pytest.mark.parametrize("into", ["mysql://u:s3cret@h/d", "postgres://h/d?password=s3cret", "mysql://h/d?a=1&pwd=x"])
async def test_an_order_with_a_password_is_refused_before_it_is_written_down(into: str) -> None:
    async with site() as at:
        await at.backup()
        with pytest.raises(Reject):
            await at.run("backup.restore", into=into)


@SQLITE
async def test_a_plan_does_not_tell_what_is_in_the_environment() -> None:
    async with site(environment={"NEWEL_TOPSECRET": "hush"}) as at:
        await at.backup()
        plan = await at.run("backup.plan", into="sqlite:///${NEWEL_TOPSECRET}.db")
        assert "hush" not in repr(plan)
        assert "${NEWEL_TOPSECRET}" in plan.database


@SQLITE
async def test_a_time_beyond_all_calendars_is_no_time() -> None:
    async with site() as at:
        await at.backup()
        async with at.repository() as repository:
            with pytest.raises(Reject, match="no time"):
                await snapshot_of(at.work, repository, RestoreOrder(at="0001-01-01T00:00:00+14:00"))


# -- terminals ---------------------------------------------------------------------------------------------------------

ESCAPE = "\x1b]0;owned\x07\x1b[2J"


@SQLITE
@restored.SHIPPED
def test_what_a_target_says_moves_no_terminal(tmp_path: Path) -> None:
    folder = restored.made(tmp_path / "site")
    restored.working(folder, _backed_up)
    restored.working(folder, _with_escapes)
    told = [
        run_command("backup", *words, site=folder)
        for words in (["list"], ["show", "latest"], ["restore", "--dry-run"], ["ls"], ["cat", "latest", ESCAPE])
    ]
    assert [one.code for one in told] == [0, 0, 0, 0, 2]
    assert all("owned" in one.out for one in told[:3])
    assert not any("\x1b" in one.out + one.err for one in told)
    into = run_command("backup", "restore", "--dry-run", "--into", "postgres://u:s3cret@h/d", site=folder).ok()
    assert "${NAME}" in into.err
    assert "s3cret" not in into.out + into.err


async def _backed_up(at: treesite.Site) -> None:
    await at.backup()


async def _with_escapes(at: treesite.Site) -> None:
    async with at.targets.repository("local") as repository:
        (found,) = await repository.manifests()
        read = await repository.manifest(found)
        await repository.delete(found.key)
        tables = {**read["tables"], f"gone_{ESCAPE}": next(iter(read["tables"].values()))}
        texts = dict.fromkeys(("schedule", "engine", "newel", "node"), ESCAPE)
        await repository.put_manifest(found.id, {**read, **texts, "tables": tables})


# -- sites that share a target, and targets that went back -------------------------------------------------------------


@SQLITE
async def test_the_latest_is_the_sites_own_and_another_ones_only_where_it_has_none() -> None:
    async with site() as at:
        ours = await at.backup()
        await at.backup()
        theirs = await forged(at, site="01" + "B" * 24)
        call = at.app.call(ADMIN, "test")
        assert (await at.run("backup.show", id="latest")).snapshot.id == ours.id
        assert (await at.work.drill(call, "local")).snapshot == ours.id
        plan = await at.run("backup.plan", into=INTO)
        assert plan.snapshot == ours.id
        assert "another site" not in repr(plan.warnings)
        assert "another site" in repr((await at.run("backup.plan", into=INTO, snapshot=theirs)).warnings)
        async with at.repository() as repository:
            (found,) = [one for one in await repository.manifests() if one.id == ours.id]
            await repository.delete(found.key)
        assert (await at.run("backup.show", id="latest")).snapshot.id == theirs


@SQLITE
async def test_a_plan_tells_that_the_target_has_lost_a_later_snapshot() -> None:
    async with site() as at:
        older, newer = await at.backup(), await at.backup()
        assert "any more" not in repr((await at.run("backup.plan", into=INTO)).warnings)
        async with at.repository() as repository:
            (found,) = [one for one in await repository.manifests() if one.id == newer.id]
            await repository.delete(found.key)
        plan = await at.run("backup.plan", into=INTO)
        assert plan.snapshot == older.id
        assert f"{newer.id} of {newer.at} is not on the target any more" in repr(plan.warnings)
        assert "any more" not in repr((await at.run("backup.plan", into=INTO, snapshot=older.id)).warnings)


# -- the script without Newel ------------------------------------------------------------------------------------------


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@SQLITE
async def test_the_script_writes_where_it_was_told_to_and_nowhere_else(tmp_path: Path) -> None:
    async with site() as at:
        made = await at.backup()
        folder, key = str(at.app.folder / "backups"), tmp_path / "key"
        key.write_text(keys.key_file_text())
        refused = await asyncio.to_thread(script, folder, str(tmp_path / "no"), "--key-file", str(key))
        assert "not encrypted" in refused.stderr
        table = next(one for one in made.tables.values() if one.stream.lines)
        name, columns = 'a" AS SELECT 1; --', ['b" UNIQUE, "c', *table.columns[1:]]
        kept = {"lines": 1, "bytes": 1, "sha256": table.stream.sha256, "lists": table.stream.lists}
        for place, number in ((tmp_path / "outside", 1), (Path("../../outside"), 2)):
            data = b"evil"
            piece = hashlib.sha256(data).hexdigest()
            line = orjson.dumps([str(place), 4, piece, "t/t", [piece]]) + b"\n"
            async with at.repository() as repository:
                await listing(repository, data)
                chunk = await listing(repository, line)
                ids = await listing(repository, b"%s %d\n" % (chunk.encode(), len(line)))
            stream = {"lines": 1, "bytes": len(line), "sha256": hashlib.sha256(line).hexdigest(), "lists": [ids]}
            await forged(
                at, tables={name: {"part": "x", "columns": columns, "key": columns[:1], "stream": kept}},
                files={"count": 1, "bytes": 4, "stream": stream},
            )  # fmt: skip
            into = tmp_path / f"into-{number}"
            done = await asyncio.to_thread(script, folder, str(into))
            assert "is no key of a file" in done.stderr
            database = sqlite3.connect(into / "newel.db")
            assert database.execute("SELECT name FROM sqlite_schema").fetchall() == [(name,)]
            database.close()
        assert not (tmp_path / "outside").exists()


@pytest.mark.engines("sqlite")  # whose place is a file
async def test_what_the_site_uses_is_never_forgotten_however_its_place_is_spelt() -> None:
    async with site(config={"blobs": {"url": "file:./data/../data/blobs"}}) as at:
        await at.file("a.pdf", PDF)
        used = {"id": "x", "at": "2030-01-01T00:00:00.000Z", "snapshot": "y", "database": "sqlite:///data/gone.db"}
        await at.work.known.put(OLD, orjson.dumps([{**used, "store": "file:data/blobs"}]).decode())
        await at.run("backup.forget_old")
        (kept,) = [one async for one in at.app.need(Blobs).list()]
        assert kept.size == len(PDF)


@pytest.mark.engines("sqlite")  # about folders
async def test_what_lies_inside_a_store_that_is_forgotten_stays() -> None:
    """As where files lay in a bucket's root: what is restored goes to a prefix in it."""
    inside = {"blobs": {"url": "file:store/restored"}, "backup": {"targets": {"local": {"url": "file:store/backups"}}}}
    async with site(config=inside) as at:
        await at.file("a.pdf", PDF)
        await at.backup()
        old = at.app.folder / "store" / "originals" / "aa"
        old.mkdir(parents=True)
        (old / "old").write_bytes(b"of the site before")
        kept = {"id": "x", "at": "2030-01-01T00:00:00.000Z", "snapshot": "y", "database": "sqlite:///data/gone.db"}
        await at.work.known.put(OLD, orjson.dumps([{**kept, "store": "file:store"}]).decode())
        await at.run("backup.forget_old")
        assert not (old / "old").exists()
        assert [one.size async for one in at.app.need(Blobs).list()] == [len(PDF)]
        assert (await at.work.verify("local", share=1.0)).ok
