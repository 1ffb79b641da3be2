"""A site as one ZIP: whole, and the same snapshot when it comes back."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.builtin_plugins.backup import archives
from tests.builtin_plugins.backup.site import Site, site

from newel.contracts.blobs import Blobs
from newel.errors import Conflict
from newel_backup.archive import packing
from newel_backup.archive.exporting import Exporting
from newel_backup.archive.faults import BadArchive, Unpackable, Unwritable
from newel_backup.archive.files import list_line
from newel_backup.archive.manifest import Packed
from newel_backup.repo.files import files_of
from newel_backup.repo.manifest import Snapshot

PDF = b"%PDF-1.7\n" + b"something " * 1000
TEXT = b"\n".join(random.Random(7).randbytes(30).hex().encode() for _ in range(72_000))
OWN = ("backup_",)
"""Tables that a backup itself writes to."""


async def filled(at: Site) -> None:
    await at.filled(6)
    await at.file("a.pdf", PDF)
    await at.file("b.txt", TEXT)


async def exported(at: Site) -> tuple[Packed, bytes]:
    file = io.BytesIO()
    packed = await Exporting(at.app, at.work).live(file)
    return packed, file.getvalue()


async def exported_from(at: Site, snapshot: str = "latest") -> tuple[Packed, bytes]:
    file = io.BytesIO()
    packed = await Exporting(at.app, at.work).snapshot(file, "local", snapshot)
    return packed, file.getvalue()


async def imported(at: Site, data: bytes, target: str = "other") -> Snapshot:
    async with at.work.targets.repository(target, create=True) as repository:
        return await archives.brought(data, repository)


def streams(snapshot: Snapshot) -> dict[str, tuple[int, int, str]]:
    return {
        name: (one.stream.lines, one.stream.bytes, one.stream.sha256)
        for name, one in snapshot.tables.items()
        if not name.startswith(OWN)
    }


@pytest.fixture
def targets(tmp_path: Path) -> Mapping[str, Mapping[str, Any]]:
    return {"backup": {"targets": {name: {"url": f"file:{tmp_path}/{name}"} for name in ("local", "other")}}}


async def test_a_site_comes_back_as_the_snapshot_that_a_backup_makes(targets: Any) -> None:
    """Exported as it is and imported: the same rows to the byte, the same files, the same facts."""
    async with site(config=targets) as at:
        await filled(at)
        packed, data = await exported(at)
        taken = await at.backup()
        came = await imported(at, data)
        assert streams(came) == streams(taken)
        assert streams(came)["content_entries"][0] == 6
        assert came.tables["content_entries"] == taken.tables["content_entries"], "cut into the same chunks"
        assert came.files.stream.sha256 == taken.files.stream.sha256
        assert (came.files.count, came.files.bytes) == (2, len(PDF) + len(TEXT))
        assert (came.id, came.at, came.site, came.steps) == (packed.id, packed.at, taken.site, taken.steps)
        assert {name: one.columns for name, one in came.tables.items()} == {
            name: one.columns for name, one in taken.tables.items()
        }
        found = await at.work.verify("other", share=1.0)
        assert found.whole == (came.id,)


@pytest.mark.engines("sqlite")  # about repositories
async def test_a_snapshot_comes_back_as_itself(targets: Any) -> None:
    async with site(config=targets) as at:
        await filled(at)
        taken = await at.backup()
        packed, data = await exported_from(at, taken.id[:20])
        came = await imported(at, data)
        assert {name: one.stream.sha256 for name, one in came.tables.items()} == {
            name: one.stream.sha256 for name, one in taken.tables.items()
        }
        assert (packed.id, came.id, came.at, came.parts) == (taken.id, taken.id, taken.at, taken.parts)
        assert came.files == taken.files
        with pytest.raises(Conflict, match="there already"):
            await imported(at, data)
        with pytest.raises(Conflict, match="there already"):
            await imported(at, data, "local")


@pytest.mark.engines("sqlite")  # about the file
async def test_it_is_a_zip_that_any_tool_opens_and_people_can_read(tmp_path: Path) -> None:
    async with site() as at:
        await filled(at)
        packed, data = await exported(at)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        told = orjson.loads(archive.read("manifest.json"))
        rows = [orjson.loads(line) for line in archive.read("tables/content_entries.jsonl").splitlines()]
        listed = [orjson.loads(line) for line in archive.read("files.jsonl").splitlines()]
        files = {kind: archive.read(f"files/{key}") for key, _, _, kind in listed}
        ways = {kind: archive.getinfo(f"files/{key}").compress_type for key, _, _, kind in listed}
    assert (names[0], names[-2:]) == ("README.txt", ["files.jsonl", "manifest.json"])
    assert (told["id"], told["tables"]["content_entries"]["entry"]["lines"]) == (packed.id, 6)
    assert all(len(row) == len(told["tables"]["content_entries"]["columns"]) for row in rows)
    assert files == {"application/pdf": PDF, "text/plain": TEXT}
    assert ways == {"application/pdf": zipfile.ZIP_STORED, "text/plain": zipfile.ZIP_DEFLATED}
    if (unzip := shutil.which("unzip")) is not None:
        (tmp_path / "site.zip").write_bytes(data)
        done = subprocess.run([unzip, "-t", tmp_path / "site.zip"], capture_output=True, text=True, check=False)  # noqa: ASYNC221 - a tool of the system, quick
        assert done.returncode == 0, done.stdout
        assert "No errors detected" in done.stdout


@pytest.mark.engines("sqlite")  # about the store
async def test_files_that_are_not_whole_are_named_and_left_out(targets: Any) -> None:
    async with site(config=targets) as at:
        await filled(at)
        store = at.app.need(Blobs)
        keys = {blob.size: blob.key async for blob in store.list()}

        async def other() -> Any:
            yield b"x" * len(PDF)

        await store.put(keys[len(PDF)], other())
        packed, data = await exported(at)
        assert (packed.files.count, packed.missing, packed.missing_count) == (1, (keys[len(PDF)],), 1)
        await store.delete(keys[len(TEXT)])
        packed, data = await exported(at)
        assert packed.missing == tuple(sorted(keys.values()))
        came = await imported(at, data)
        assert (came.missing_count, came.files.count) == (2, 0)


class Full(io.RawIOBase):
    """A file on a disk that fills up."""

    def __init__(self, room: int) -> None:
        self.kept = b""
        self._room = room

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if len(self.kept) + len(data) > self._room:
            raise OSError(28, "No space left on device")
        self.kept += bytes(data)
        return len(data)


@pytest.mark.engines("sqlite")  # about the file
async def test_an_export_that_breaks_off_is_no_archive() -> None:
    async with site() as at:
        await filled(at)
        _, whole = await exported(at)
        for room in (10, 2000, len(whole) // 2, len(whole) - 500):
            file = Full(room)
            with pytest.raises(Unwritable, match="No space left"):
                await Exporting(at.app, at.work).live(file)  # type: ignore[arg-type]  # it can be written to
            with pytest.raises(BadArchive):
                await archives.looked(file.kept)


@pytest.mark.engines("sqlite")  # about bounds
async def test_what_an_import_would_refuse_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    async with site() as at:
        await filled(at)
        with monkeypatch.context() as patch:
            patch.setattr(packing, "LONGEST_LINE", 300)
            with pytest.raises(Unpackable, match="row is larger"):
                await exported(at)
        with monkeypatch.context() as patch:
            patch.setattr(packing, "MOST_ENTRIES", 5)
            with pytest.raises(Unpackable, match="5 files"):
                await exported(at)


def forged(data: bytes) -> bytes:
    """The export with other bytes, as many, in each of its files; all of it agrees."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        made: dict[str, bytes] = {name: archive.read(name) for name in archive.namelist()}
    told = orjson.loads(made["manifest.json"])
    lines = []
    for key, size, _, kind in map(orjson.loads, made["files.jsonl"].splitlines()):
        made[f"files/{key}"] = other = b"#" * size
        lines.append(list_line(key, size, sha256(other).hexdigest(), kind))
    made["files.jsonl"] = b"".join(lines)
    told["files"]["entry"] = archives.said(made["files.jsonl"])
    made["manifest.json"] = orjson.dumps(told)
    return archives.zipped(list(made.items()))


@pytest.mark.engines("sqlite")  # about what is believed
async def test_a_forged_import_spoils_no_backup_that_follows(targets: Any) -> None:
    """It is not pruned, does not push out what was taken here, and its files are nobody's but its own."""
    async with site(config=targets) as at:
        await filled(at)
        _, data = await exported(at)
        came = await imported(at, forged(data), "local")
        assert came.imported_at
        taken = await at.backup()
        async with at.repository() as repository:
            files = [one async for one in files_of(repository, taken.files.stream)]
        assert sorted(one.sha256 for one in files) == sorted(sha256(one).hexdigest() for one in (PDF, TEXT))
        later = await at.backup()
        pruned = await at.work.prune("local", {"last": 1})
        fates = {one.id: (one.keep, one.why) for one in pruned.snapshots}
        assert fates[came.id] == (True, ("imported",))
        assert (fates[taken.id][0], fates[later.id][0]) == (False, True)
        await at.work.prune("local", {"last": 1}, forget=[came.id])
        assert [one.id for one in await at.work.snapshots("local")] == [later.id]
