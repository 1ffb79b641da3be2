"""Archives from strangers: what is in them lands in folders of the library, and nowhere else."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.site import Site, image
from tests.builtin_plugins.media.uploading import FORM, PDF, Door, door, field, file, form

from newel import Reject, zips
from newel.contracts.blobs import BlobsAway
from newel.testing import FakeClock, actor
from newel_media.sniffing import sniffed
from newel_media.uploads import archives, unpacking

pytestmark = pytest.mark.needs_plugin("http")
AT = "/api/v1/media/archive"
ZIP = {"Content-Type": "application/zip"}
ME = actor("tester", "media.read", "media.write")


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", packed) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return kept.getvalue()


async def send(at: Door, data: bytes, query: str = "") -> Any:
    return await at.client.post(AT + query, body=data, headers=ZIP)


async def places(library: Site) -> dict[str, str]:
    """Files by their whole path in the library, with the hash of their bytes."""
    folders = {row["id"]: row for row in await library.rows("folders")}

    def path(id: str) -> str:
        return "" if not id else f"{path(folders[id]['parent'])}{folders[id]['name']}/"

    return {path(row["folder"]) + row["name"]: row["sha256"] for row in await library.rows("assets")}


async def test_files_land_in_folders_of_their_names(at: Door) -> None:
    data = zipped(("a.pdf", PDF), ("Trips/2026/cat.png", image()), ("trips/dog.png", image(20, 20)), ("Trips/", b""),
                  ("empty/", b""))  # fmt: skip
    answer = await send(at, data, "?tags=x&private=true")
    assert answer.status == 200
    told = answer.json()
    assert (told["stored"], told["failed"], told["skipped"], told["stopped"]) == (3, 0, 0, None)
    assert [one["state"] for one in told["files"]] == ["stored"] * 3
    found = await places(at.library)
    assert set(found) == {"a.pdf", "Trips/2026/cat.png", "Trips/dog.png"}
    assert found["a.pdf"] == hashlib.sha256(PDF).hexdigest()
    assert {row["source"] for row in await at.library.rows("assets")} == {"archive"}
    assert {row["private"] for row in await at.library.rows("assets")} == {1}
    assert {row["tag"] for row in await at.library.rows("tags")} == {"x"}


async def test_into_a_folder_and_once_more(at: Door) -> None:
    """What is there already stays alone, also where the file was changed on its way in."""
    data = zipped(("a.pdf", PDF), ("b/cat.png", image(gps=True)))
    into = (await at.library.run("media.make_folders", ME, names=["Target"])).id
    for states in (["stored", "stored"], ["there", "there"]):
        answer = await at.client.post(AT, body=form(field("folder", into), file(data, "x.zip")), headers=FORM)
        assert [one["state"] for one in answer.json()["files"]] == states
    assert set(await places(at.library)) == {"Target/a.pdf", "Target/b/cat.png"}
    assert len(await at.library.rows("assets")) == 2


def odd(name: str, mode: int = 0, **more: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    for key, value in more.items():
        setattr(info, key, value)
    return info


HOSTILE = {
    "../evil.pdf": "unsafe_name", "a/../../evil.pdf": "unsafe_name", "/etc/evil.pdf": "unsafe_name",
    "C:/evil.pdf": "unsafe_name", "c:evil.pdf": "unsafe_name", "..\\evil.pdf": "unsafe_name",
    "\\\\host\\share\\evil.pdf": "unsafe_name", "//host/share/evil.pdf": "unsafe_name", "a//b.pdf": "unsafe_name",
    "a/./b.pdf": "unsafe_name", "x" * 5000 + ".pdf": "name_too_long", "/".join("abcdefghijkl") + ".pdf": "too_deep",
}  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_names_that_lead_elsewhere_are_refused(at: Door) -> None:
    before = tree(at)
    data = zipped(*((odd(name), PDF + name.encode()[:99]) for name in HOSTILE), ("good.pdf", PDF))
    answer = await send(at, data)
    assert answer.status == 207
    told = {one["name"]: one["code"] for one in answer.json()["files"]}
    assert told == {name[:200]: code for name, code in HOSTILE.items()} | {"good.pdf": None}
    assert set(await places(at.library)) == {"good.pdf"}
    assert tree(at) == before, "nothing outside of the store was touched"


def tree(at: Door) -> set[Path]:
    """Everything in the site's folder but what the database keeps."""
    folder = at.library.app.folder
    return {path for path in folder.rglob("*") if "db" not in path.suffix}


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_what_is_no_plain_file_is_refused(at: Door) -> None:
    kinds = (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)
    odds = [(odd(f"{kind}.pdf", kind | 0o777), b"/etc/passwd") for kind in kinds]
    answer = await send(at, zipped(*odds, (odd("a.pdf", 0o100644), PDF)))
    assert [one["code"] for one in answer.json()["files"]] == ["no_file"] * 5 + [None]
    assert set(await places(at.library)) == {"a.pdf"}


async def test_names_that_are_there_twice_are_refused(at: Door) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(
            ("a.pdf", PDF), ("a.pdf", PDF + b"2"), ("A.PDF", PDF + b"3"), ("a\u0301.pdf", PDF), ("\u00e1.pdf", PDF)
        )
    answer = await send(at, data)
    assert [one["code"] for one in answer.json()["files"]] == [
        None, "duplicate_name", "duplicate_name", None, "duplicate_name",
    ]  # fmt: skip


async def test_junk_is_skipped_and_archives_in_archives_are_files(at: Door) -> None:
    inner = zipped(("deep.pdf", PDF))
    data = zipped(
        ("__MACOSX/._a.pdf", b"x"), (".DS_Store", b"x"), ("a/.hidden/b.pdf", PDF), ("Thumbs.db", b"x"),
        ("inner.zip", inner), ("bad.exe", b"MZ\x90\0" * 9),
    )  # fmt: skip
    told = (await send(at, data)).json()
    assert (told["skipped"], told["stored"], told["failed"]) == (4, 1, 1)
    assert set(await places(at.library)) == {"inner.zip"}


def lying(data: bytes, **said: int) -> bytes:
    """The directory's first entry says something else."""
    places = {"flags": (8, "<H"), "method": (10, "<H"), "crc": (16, "<I"), "packed": (20, "<I"), "size": (24, "<I")}
    changed, at = bytearray(data), data.index(b"PK\1\2")
    for name, value in said.items():
        offset, kind = places[name]
        struct.pack_into(kind, changed, at + offset, value)
    return bytes(changed)


LIES = [
    ({"size": 3}, "damaged"), ({"size": 9_000}, "damaged"), ({"crc": 5}, "damaged"), ({"method": 99}, "damaged"),
    ({"flags": 1}, "encrypted"), ({"packed": 5}, "damaged"),
]  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_entries_that_lie_are_refused(at: Door) -> None:
    for said, code in LIES:
        answer = await send(at, lying(zipped(("a.txt", b"hello " * 100)), **said))
        assert [one["code"] for one in answer.json()["files"]] == [code], said
    assert await at.library.rows("assets") == []


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_bomb_is_refused_by_what_it_says(at: Door) -> None:
    answer = await send(at, zipped(("a.txt", b"x" * (unpacking.GRACE + 20_000_000))))
    assert (answer.status, answer.json()["code"]) == (422, "archive_too_large")


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_bomb_that_lies_is_stopped_by_what_comes_out(at: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """``_EndRecData`` and the directory may say what they like: bytes are counted."""
    monkeypatch.setattr(unpacking, "GRACE", 10_000)
    data = zipped(("a.txt", b"a" * 9_000), ("b.txt", b"b" * 900_000), ("c.txt", b"c"))
    monkeypatch.setattr(unpacking, "RATIO", 1)
    monkeypatch.setattr(unpacking.Unpacking, "survey", lambda self, path: unpacking.Survey(files=3, bytes=3))
    told = (await send(at, data)).json()
    assert (told["stored"], told["failed"]) == (1, 1)
    assert "too large" in told["stopped"]
    assert [one["name"] for one in told["files"]] == ["a.txt", "b.txt"]


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_the_total_and_the_count_have_limits(engine: Any) -> None:
    async with door(media={"archive_bytes": 2000, "archive_files": 3, "max_bytes": 1100}) as at:
        many = await send(at, zipped(*((f"{n}.txt", b"x") for n in range(4))))
        assert (many.status, many.json()["code"]) == (422, "too_many_files")
        large = await send(at, zipped(*((f"{n}.txt", b"x" * 1000) for n in range(3))))
        assert (large.status, large.json()["code"]) == (422, "archive_too_large")
        body = await send(at, random.Random(1).randbytes(3000))
        assert body.status == 413
        one = await send(at, zipped(("a.txt", b"x" * 1200), ("b.txt", b"y")))
        assert [entry["code"] for entry in one.json()["files"]] == ["too_large", None]


def directory_of(size: int, path: Path) -> None:
    """An archive whose directory has that many bytes, most of them a hole in the file."""
    with path.open("wb") as sparse:
        sparse.truncate(size)
        sparse.seek(size)
        sparse.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 10, 10, size, 0, 0))


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_directory_of_ten_million_names_is_not_read(at: Door, tmp_path: Path) -> None:
    """Neither to unpack it nor to see what it is."""
    path = tmp_path / "many.zip"
    await asyncio.to_thread(directory_of, 460_000_000, path)
    with pytest.raises(Reject) as refused:
        await asyncio.to_thread(at.library.media.uploads.unpacking.survey, path)
    assert refused.value.reason == "bad_archive"
    await asyncio.to_thread(directory_of, zips.LARGEST_DIRECTORY + 1, path)
    with path.open("r+b") as start:
        start.write(b"PK\3\4")
    assert await asyncio.to_thread(sniffed, path, "a.docx") == "application/zip"


def with_zip64(data: bytes, size: int, offset: int) -> bytes:
    end = data.index(b"PK\5\6")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    return data[:end] + record + locator + data[end:]


BROKEN = {
    "nothing": b"", "no archive": b"hello", "a PDF": PDF, "an end only": zipped()[:10], "cut": zipped(("a", PDF))[:-30],
    "Zip64 of a terabyte": with_zip64(zipped(("a", PDF)), 1 << 40, 0),
    "Zip64 beyond all": with_zip64(zipped(("a", PDF)), 40, (1 << 64) - 1),
    "Zip64 of a lie": with_zip64(zipped(("a", PDF)), (1 << 63), (1 << 63)),
}  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_what_is_no_archive_is_refused(at: Door) -> None:
    for case, data in BROKEN.items():
        answer = await send(at, data)
        assert (answer.status, answer.json()["code"]) == (422, "bad_archive"), case
    assert at.spooled() == await at.library.keys() == []


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_archives_with_flipped_bits_never_break_us(at: Door) -> None:
    """Whatever is wrong is told of an entry or of the archive, and what does come in has the bytes it had."""
    dice = random.Random(5)
    whole = zipped(("a.txt", b"hello " * 50), ("d/b.txt", b"world"), packed=zipfile.ZIP_DEFLATED)
    good = {hashlib.sha256(data).hexdigest() for data in (b"hello " * 50, b"world")}
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        answer = await send(at, bytes(data))
        assert answer.status in (200, 207, 422)
    assert {row["sha256"] for row in await at.library.rows("assets")} <= good


FORMS = [
    ((field("name", "x"),), "unknown_field"), ((field("alt[en]", "x"),), "unknown_field"), ((), "no_file"),
    ((file(PDF), file(PDF)), "one_file"),
]  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_form_has_one_archive_and_known_fields(at: Door) -> None:
    for fields, code in FORMS:
        answer = await at.client.post(AT, body=form(*fields), headers=FORM)
        assert (answer.status, answer.json()["code"]) == (422, code)
    assert (await at.client.post(f"{AT}?folder=x", body=form(file(PDF)), headers=FORM)).status == 400
    assert (await at.client.signed_in("perm:media.read").post(AT, body=b"x", headers=ZIP)).status == 403


@pytest.mark.needs_plugin("jobs")
async def test_a_large_archive_is_a_job(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which the first attempt breaks off in the middle: the second one goes on."""
    monkeypatch.setattr(archives, "FEW_FILES", 2)
    clock = FakeClock()
    async with door(clock=clock, jobs={"clock": "process"}) as at:
        taking = at.library.media.uploads.taking
        bring, calls = taking.bring, list[str]()

        async def breaking(*given: Any) -> Any:
            calls.append(given[2].name)
            if len(calls) == 3:
                raise BlobsAway("the store is away")
            return await bring(*given)

        monkeypatch.setattr(taking, "bring", breaking)
        data = zipped(*((f"d/{n}.pdf", PDF + b"%d" % n) for n in range(4)), ("x.exe", b"MZ\x90\0" * 9))
        answer = await send(at, data)
        assert answer.status == 202
        place = answer.headers["Location"]
        assert place == f"/api/v1/jobs/{answer.json()['job']}"
        await at.library.settle()
        assert (await at.client.get(place)).json()["state"] == "waiting", "it pauses before it tries again"
        await clock.advance(20)
        await at.library.settle()
        job = (await at.client.get(place)).json()
        result = job["result"]
        assert job["state"] == "done"
        assert (result["stored"], result["there"], result["failed"], result["left_out"]) == (2, 2, 1, 0)
        assert (result["files"][0]["name"], result["files"][0]["code"]) == ("x.exe", "type_not_allowed")
        assert job["progress"]["total"] == 5
        assert len(await places(at.library)) == 4
        assert not [key for key in await at.library.keys() if key.startswith("incoming/")]
        assert "archive" not in {row["kind"] for row in await at.library.rows("uploads") if row["asset"] is None}
