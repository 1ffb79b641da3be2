"""Archives from strangers: refused, or without effect; nothing of them ever lands outside of the repository."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.builtin_plugins.backup.archives import (
    FILES,
    ROWS,
    Entry,
    brought,
    changed,
    entries,
    listing,
    manifest,
    said,
)

from newel_backup.archive.faults import BadArchive
from newel_backup.repo.repository import Repository
from newel_blobs_local.config import BlobsLocalConfig
from newel_blobs_local.store import LocalBlobs

pytestmark = pytest.mark.engines()
Change = Callable[[list[Entry]], object]


@pytest.fixture
async def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Repository]:
    """One in a folder; the process stands beside it, so that a relative path would lead beside it, too."""
    (tmp_path / "work" / "deep").mkdir(parents=True)
    (tmp_path / "work" / "deep" / "mine").write_text("mine")
    monkeypatch.chdir(tmp_path / "work" / "deep")
    blobs = await LocalBlobs.opened(tmp_path / "target", BlobsLocalConfig(threads=1))
    yield await Repository.create(blobs, None)
    await blobs.close()


def tree(folder: Path) -> str:
    """The hash of all that lies in a folder but the target."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "target" not in path.relative_to(folder).parts[:1]:
            found.update(f"{path} {path.lstat().st_mode} {path.read_bytes() if path.is_file() else b''}".encode())
    return found.hexdigest()


def odd(name: str, mode: int = 0, **more: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    for key, value in more.items():
        setattr(info, key, value)
    return info


def added(name: str | zipfile.ZipInfo, data: bytes = b"evil") -> Change:
    """An entry more, before the manifest."""
    return lambda made: made.insert(3, (name, data))


def without(name: str) -> Change:
    return lambda made: made.remove(next(one for one in made if one[0] == name))


def instead(name: str, entry: Entry) -> Change:
    def change(made: list[Entry]) -> None:
        made[[one[0] for one in made].index(name)] = entry

    return change


def as_file(key: str) -> Change:
    """A file under a name that leads elsewhere, in the list and in the manifest as well: all of it agrees."""

    def change(made: list[Entry]) -> None:
        files = dict(sorted({**FILES, key: b"evil"}.items()))
        made[:] = [(odd(name) if isinstance(name, str) else name, data) for name, data in entries(files=files)]

    return change


def as_table(name: str) -> Change:
    def change(made: list[Entry]) -> None:
        made[:] = [(odd(str(one)), data) for one, data in entries({**ROWS, name: ROWS["media_assets"]})]

    return change


def told(**more: Any) -> Change:
    """A manifest that says something else."""
    return instead("manifest.json", ("manifest.json", orjson.dumps({**manifest(), **more})))


def rows(data: bytes, columns: tuple[str, ...] = ("id", "title"), key: int = 1) -> Change:
    """A table of these lines, of which the manifest says the truth."""

    def change(made: list[Entry]) -> None:
        made[:] = entries({"content_entries": (columns, key, data)})

    return change


def listed(data: bytes) -> Change:
    """A list of files with these lines, of which the manifest says the truth."""

    def change(made: list[Entry]) -> None:
        count, size = len(FILES), sum(map(len, FILES.values()))
        instead("files.jsonl", ("files.jsonl", data))(made)
        told(files={"count": count, "bytes": size, "entry": {**said(data), "lines": count}})(made)

    return change


def line(key: str, size: Any = 4, sha256: str = "0" * 64, kind: str = "text/plain") -> bytes:
    return orjson.dumps([key, size, sha256, kind]) + b"\n"


A, B = FILES
PLACES = {
    "parent": "../evil", "parents": "a/../../evil", "absolute": "/etc/evil", "drive": "C:/evil",
    "drive-relative": "c:evil", "backslash": "..\\evil",
    "unc": "\\\\host\\share\\evil", "unc-slashes": "//host/share/evil", "dot": "a/./b",
    "long": "x" * 5000, "nul": "a\0b", "newline": "a\nb", "case": "media/A.bin", "unicode": "media/ä.bin", "empty": "",
}  # fmt: skip
ATTACKS: dict[str, tuple[Change, str]] = {
    **{
        f"entry-{what}": (added(odd(name)), "does not name|is no plain file|two names")
        for what, name in PLACES.items()
    },
    **{
        f"file-{what}": (as_file(name), "no export writes|not in order|has 2 files|two names")
        for what, name in PLACES.items()
    },
    **{f"table-{what}": (as_table(name), "name is none|texts|two names") for what, name in PLACES.items()},
    "file in a file": (as_file("media"), "lies in a file"),
    "symlink": (instead(f"files/{A}", (odd(f"files/{A}", stat.S_IFLNK | 0o777), b"/etc/passwd")), "no plain file"),
    "device": (added(odd("dev", stat.S_IFCHR | 0o666)), "no plain file"),
    "block-device": (added(odd("dev", stat.S_IFBLK | 0o666)), "no plain file"),
    "fifo": (added(odd("pipe", stat.S_IFIFO | 0o666)), "no plain file"),
    "folder": (added(odd("files/", stat.S_IFDIR | 0o777), b""), "no plain file"),
    "twin": (added("FILES.JSONL"), "does not name"),
    "twin-file": (added("Files/media/a.bin"), "does not name"),
    "a file more": (added("files/media/c.bin"), "has 3 files, and says that it has 2"),
    "a table more": (added("tables/users.jsonl", b"[1]\n"), "does not name"),
    "another file": (instead(f"files/{A}", ("files/media/z.bin", FILES[A])), "is not there"),
    "no list": (without("files.jsonl"), "files.jsonl is not there"),
    "no table": (without("tables/media_assets.jsonl"), "is not there"),
    "no file": (without(f"files/{A}"), "has 1 files"),
    "no manifest": (without("manifest.json"), "last entry"),
    "manifest first": (lambda made: made.insert(0, made.pop()), "last entry"),
    "bzip2": (instead("README.txt", (odd("README.txt", compress_type=zipfile.ZIP_BZIP2), b"x")), "not taken"),
    "lzma": (instead("README.txt", (odd("README.txt", compress_type=zipfile.ZIP_LZMA), b"x")), "not taken"),
    "other file": (instead(f"files/{A}", (f"files/{A}", b"two" * 100)), "is not what files.jsonl says"),
    "other rows": (
        instead(
            "tables/media_assets.jsonl",
            ("tables/media_assets.jsonl", ROWS["media_assets"][2].replace(b"1.5", b"2.5")),
        ),
        "not what manifest.json says",
    ),
    "no json": (instead("manifest.json", ("manifest.json", b"{")), "no manifest"),
    "deep json": (instead("manifest.json", ("manifest.json", b"[" * 1_000_000)), "no manifest"),
    "list": (instead("manifest.json", ("manifest.json", b"[]")), "no manifest"),
    "unknown field": (told(more=1), "there is no 'more'"),
    "no format": (told(format=0), "no such format"),
    "format text": (told(format="1"), "manifest.json is wrong"),
    "no id": (told(id="../../x"), "ids are none"),
    "future id": (told(id="7ZZZ0000000000000000000001"), "comes from the future"),
    "future": (told(at="9999-01-01T00:00:00.000Z"), "comes from the future"),
    "no day": (told(started_at="2025-02-30T00:00:00.000Z"), "times are none"),
    "no time": (told(at="now"), "must match"),
    "terminal": (told(node="\x1b]0;owned\x07"), "not for people"),
    "terminal part": (told(parts=[{"name": "content", "summary": "\x1b[2J", "comes": "always"}]), "not for people"),
    "long text": (told(engine="x" * 10_000), "too long"),
    "no part": (told(parts=[]), "the columns or the part"),
    "negative": (told(missing_count=-1), "at least 0"),
    "missing path": (told(missing=["../x"], missing_count=1), "missing file is none"),
    "miscounted": (told(missing=["x", "y"], missing_count=1), "counts missing files wrongly"),
    "no key": (rows(b'["a","b"]\n', key=0), "the columns or the part"),
    "columns twice": (rows(b'["a","b"]\n', ("id", "id")), "the columns or the part"),
    "not json": (rows(b"hello\n"), "cannot be read"),
    "narrow": (rows(b'["a"]\n'), "another number"),
    "wide": (rows(b'["a","b","c"]\n'), "another number"),
    "object": (rows(b'{"id":1}\n'), "no array"),
    "nested": (rows(b'["a",["b"]]\n'), "no table has"),
    "deep": (rows(b"[" * 900_000 + b"\n"), "cannot be read"),
    "boolean": (rows(b'["a",true]\n'), "no table has"),
    "bad base64": (rows(b'["a",{"b":"?"}]\n'), "cannot be read"),
    "no bytes": (rows(b'["a",{"x":1}]\n'), "cannot be read"),
    "spaces": (rows(b'["a", "b"]\n'), "no export writes"),
    "escapes": (rows(b'["\\u0061","b"]\n'), "no export writes"),
    "whole as float": (rows(b'["a",1.0]\n'), "no export writes"),
    "number in braces": (rows(b'["a",{"f":"1.5"}]\n'), "no export writes"),
    "empty line": (rows(b'["a","b"]\n\n'), "cannot be read"),
    "no line feed": (rows(b'["a","b"]'), "middle of a line"),
    "order": (rows(b'["b",1]\n["a",1]\n'), "not in order"),
    "key twice": (rows(b'["a",1]\n["a",2]\n'), "not in order"),
    "order of numbers": (rows(b"[9,1]\n[10,1]\n[2,1]\n"), "not in order"),
    "order of kinds": (rows(b'["a",1]\n[1,1]\n'), "not in order"),
    "list: no json": (listed(b"x\n"), "no export writes"),
    "list: object": (listed(b'{"a":1,"b":2,"c":3,"d":4}\n'), "has 2 files|no export writes"),
    "list: text size": (listed(line(A, "4") + line(B)), "no export writes"),
    "list: negative": (listed(line(A, -1) + line(B)), "no export writes"),
    "list: no hash": (listed(line(A, 4, "x") + line(B)), "no export writes"),
    "list: type": (listed(line(A, 4, kind="text/html\r\nX: y") + line(B)), "no export writes"),
    "list: twice": (listed(line(A, 300, hashlib.sha256(FILES[A]).hexdigest()) * 2), "not in order"),
    "list: other": (listed(line(A, 300, hashlib.sha256(FILES[A]).hexdigest()) + line("media/c")), "is not there"),
    "list: no line feed": (listed(listing(FILES)[:-1]), "middle of a line"),
    "list: size": (listed(line(A, 299) + line(B)), "another size"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_archive_that_is_not_an_export_is_refused(attack: str, repository: Repository, tmp_path: Path) -> None:
    before = tree(tmp_path)
    change, words = ATTACKS[attack]
    data = changed(change)
    with pytest.raises(BadArchive, match=words):
        await brought(data, repository)
    assert await repository.manifests() == []
    assert tree(tmp_path) == before, "nothing outside of the repository was touched"
