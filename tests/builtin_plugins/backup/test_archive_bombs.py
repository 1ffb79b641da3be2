"""Archives whose bytes lie: bombs, false sizes, what is cut off, appended, flipped. None costs more than it says."""

from __future__ import annotations

import io
import random
import struct
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from tests.builtin_plugins.backup.archives import (
    ROWS,
    Entry,
    brought,
    entries,
    looked,
    manifest,
    zipped,
)

from newel.errors import Conflict, NewelError
from newel.testing.fake_blobs import FakeBlobs
from newel_backup.archive.faults import BadArchive
from newel_backup.archive.reading import opened
from newel_backup.repo import keys
from newel_backup.repo.faults import TooNew
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_blobs_local.config import BlobsLocalConfig
from newel_blobs_local.store import LocalBlobs

ANY = "is no ZIP|not where|last entry|follows|in each other"
pytestmark = pytest.mark.engines()
TABLE = "tables/content_entries.jsonl"


@pytest.fixture
async def repository() -> Repository:
    return await Repository.create(FakeBlobs(), None)


def facts(found: Snapshot) -> object:
    return {name: one.stream.sha256 for name, one in found.tables.items()}, found.files.stream.sha256


async def refused(data: bytes, repository: Repository, words: str) -> None:
    with pytest.raises(BadArchive, match=words):
        await brought(data, repository)
    assert await repository.manifests() == []


def directory(change: Callable[[zipfile.ZipInfo], object], made: list[Entry] | None = None) -> bytes:
    """An archive whose directory says something else of its entries than what stands before them."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made or entries():
            archive.writestr(name, data)
        for info in archive.filelist:
            change(info)
    return kept.getvalue()


def of_table(**more: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        if info.filename == TABLE:
            for name, value in more.items():
                setattr(info, name, value)

    return change


def table(data: bytes, columns: tuple[str, ...] = ("id", "title")) -> list[Entry]:
    return entries({"content_entries": (columns, 1, data)})


async def test_a_true_archive_is_taken_packed_or_not(repository: Repository) -> None:
    """The others are this one, changed."""
    found = await brought(zipped(entries()), repository)
    assert (found.rows, found.files.count, found.bytes) == (5, 2, sum(len(one) for _, one in entries()[1:-2]))
    other = await Repository.create(FakeBlobs(), None)
    assert facts(await brought(zipped(entries(), zipfile.ZIP_STORED), other)) == facts(found)
    assert (await looked(zipped(entries()))).rows == found.rows
    sealed = await Repository.create(FakeBlobs(), keys.Secret(key_file=bytes(range(32))))
    assert (await brought(zipped(entries()), sealed)).tables.keys() == found.tables.keys()
    with pytest.raises(TooNew, match="format 2"):
        await brought(zipped(entries(format=2)), other)


async def test_long_rows_are_taken_whatever_is_in_their_text(repository: Repository) -> None:
    text = '[[{"a\\":1},' * 300_000
    found = await brought(zipped(table(orjson.dumps(["a", text]) + b"\n")), repository)
    assert found.tables["content_entries"].stream.bytes > 3_000_000


async def test_two_entries_of_one_name_are_refused(repository: Repository) -> None:
    made = entries()
    made.insert(1, ("README.tx2", b"other"))
    await refused(zipped(made).replace(b"README.tx2", b"README.txt"), repository, "two entries of one name")


async def test_encrypted_entries_are_refused(repository: Repository) -> None:
    await refused(directory(of_table(flag_bits=1)), repository, "is encrypted")


@pytest.mark.parametrize("lie", [0, 1, 59, 61, 1 << 20, 1 << 33, (1 << 63) - 1])
async def test_sizes_that_lie_are_refused(lie: int, repository: Repository) -> None:
    """In the directory alone, or agreed on with the manifest; large ones stand in fields of Zip64."""
    await refused(directory(of_table(file_size=lie)), repository, "another size|cannot be unpacked|no ZIP archive")
    tables = manifest()["tables"]
    tables["content_entries"]["entry"]["bytes"] = lie
    made = [*entries()[:-1], ("manifest.json", orjson.dumps({**manifest(), "tables": tables}))]
    await refused(
        directory(of_table(file_size=lie), made), repository, "cannot be unpacked|not what|another size|middle"
    )


@pytest.mark.parametrize("lie", [0, 5, 1 << 20, 1 << 33])
async def test_packed_sizes_that_lie_are_refused(lie: int, repository: Repository) -> None:
    words = "lie in each other|not where|another size|cannot be unpacked"
    await refused(directory(of_table(compress_size=lie)), repository, words)


async def test_zip64_records_that_lie_are_refused(repository: Repository) -> None:
    """The end says: look at the Zip64 record; that tells of another place, another size, another number."""
    data = zipped(entries())
    end = data.rindex(b"PK\5\6")
    begin = struct.unpack("<L", data[end + 16 : end + 20])[0]
    for size, place in ((1 << 40, begin), (end - begin, 1 << 40), (0, begin), ((1 << 64) - 1, (1 << 64) - 1), (10, 10)):
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 9, 9, size, place)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
        lie = data[:end] + record + locator + data[end : end + 8] + b"\xff" * 12 + b"\0\0"
        await refused(lie, repository, ANY)


async def test_entries_in_each_other_are_refused(repository: Repository) -> None:
    """As in bombs without nesting: many entries of the directory share what they are unpacked from."""
    places: dict[str, int] = {}

    def change(info: zipfile.ZipInfo) -> None:
        places[info.filename] = info.header_offset
        if info.filename == TABLE:
            info.header_offset = places["README.txt"]

    await refused(directory(change), repository, "in each other")


async def test_a_bomb_is_unpacked_no_further_than_it_says(repository: Repository) -> None:
    """100 MB of rows in an entry that says 60 bytes, in the directory and in the manifest."""
    heard = 0

    def told(_: str, done: int, __: int) -> None:
        nonlocal heard
        heard = done

    data = b'["a","b"]\n' * 10_000_000
    made = [*entries()[:1], (TABLE, data), *entries()[2:]]
    archive = directory(of_table(file_size=len(ROWS["content_entries"][2])), made)
    tracemalloc.start()
    with pytest.raises(BadArchive):
        await brought(archive, repository, told=told)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert heard < 1000
    assert peak < 20_000_000


async def test_what_says_that_it_needs_more_room_than_there_is_is_refused_at_once(tmp_path: Path) -> None:
    blobs = await LocalBlobs.opened(tmp_path / "target", BlobsLocalConfig(threads=1))
    repository = await Repository.create(blobs, None)
    tables = manifest()["tables"]
    tables["content_entries"]["entry"]["bytes"] = 1 << 60
    made = [*entries()[:-1], ("manifest.json", orjson.dumps({**manifest(), "tables": tables}))]
    with pytest.raises(Conflict, match="has room for") as caught:
        await brought(directory(of_table(file_size=1 << 60), made), repository)
    assert caught.value.reason == "no_room"
    assert [one.key async for one in blobs.list("chunks/")] == []
    await blobs.close()


async def test_a_line_of_more_than_64_mebibytes_is_refused(repository: Repository) -> None:
    data = b'["a","' + b"x" * (65 << 20) + b'"]\n'
    await refused(zipped(table(data)), repository, "more than 64 MiB")


@pytest.mark.parametrize("values", [b"[" + b"{}," * 800_000 + b"1]\n", b"[" + b"[]," * 800_000 + b"1]\n",
                                    b"[" + b"1," * 800_000 + b"1]\n"])  # fmt: skip
async def test_rows_that_would_become_much_larger_in_memory_are_refused(values: bytes, repository: Repository) -> None:
    data = zipped(table(values))
    tracemalloc.start()
    await refused(data, repository, "more values than columns")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(values)


async def test_a_manifest_that_is_too_large_is_not_unpacked(repository: Repository) -> None:
    made = [*entries()[:-1], ("manifest.json", bytes(9 << 20))]
    await refused(zipped(made), repository, "too large")


def many(count: int) -> bytes:
    """Nothing but a directory of so many entries."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 65535, count & 65535, count * len(entry), 0, 0)
    return entry * count + end


async def test_a_directory_of_millions_of_entries_is_refused_before_it_is_read(repository: Repository) -> None:
    data = many(400_000)
    tracemalloc.start()
    await refused(data, repository, "too many entries")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(data), "none of the entries became an object"
    with tempfile.TemporaryFile() as file:  # ten millions, most of them a hole in the file
        file.seek(470_000_000)
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 470_000_000, 0, 0))
        file.flush()
        with pytest.raises(BadArchive, match="too large"):
            async with opened(file):
                pass


async def test_every_archive_that_was_cut_off_is_refused(repository: Repository) -> None:
    data = zipped(entries())
    for end in range(0, len(data), 7):
        await refused(data[:end], repository, "ZIP|not where|last entry|follows")
    await refused(data[:-1], repository, "ZIP|follows")


@pytest.mark.parametrize("more", [b"\0", b"x" * 1000, b"PK\5\6" + b"\0" * 18, zipped([("a", b"b")]), zipped(entries())])
async def test_appended_and_prepended_bytes_are_refused(more: bytes, repository: Repository) -> None:
    data = zipped(entries())
    await refused(data + more, repository, ANY)
    await refused(more + data, repository, ANY)
    with_comment = data[:-2] + struct.pack("<H", len(more)) + more
    await refused(with_comment, repository, ANY)


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
async def test_flipped_bytes_are_refused_or_change_nothing(packed: int) -> None:
    """Seeded. What may be changed without being noticed is what nobody reads: times, the README."""
    data, draw = zipped(entries(), packed), random.Random(20)
    whole = facts(await brought(data, await Repository.create(FakeBlobs(), None)))
    outcomes = {True: 0, False: 0}
    for place in sorted(draw.sample(range(len(data)), 80)):
        broken = bytearray(data)
        broken[place] ^= 1 << draw.randrange(8)
        repository = await Repository.create(FakeBlobs(), None)
        try:
            found = await brought(bytes(broken), repository)
        except NewelError:
            assert await repository.manifests() == []
            outcomes[False] += 1
        else:
            assert facts(found) == whole, place
            outcomes[True] += 1
    assert outcomes[False] > 40, outcomes
